"""When the bootloader runs, and what it has done then."""

from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.chip.registers import Reg

DHCSR, KEY, C_DEBUGEN, C_HALT = 0xE000_EDF0, 0xA05F_0000, 1, 2
DEMCR, VC_CORERESET = 0xE000_EDFC, 1
SYSTEM_MEMORY = 0x1FFF_F000


def runs(board: VirtualBoard) -> bool:
    return board.chip.rom.running


def listens(board: VirtualBoard) -> bool:
    return board.chip.rom.listening


def debugger_writes(board: VirtualBoard, address: int, value: int) -> None:
    board.chip.bus.write(address, 4, value, Master.DEBUG)


def test_boot_pins_start_it_and_it_listens_after_its_start(board: VirtualBoard) -> None:
    assert runs(board)
    assert board.chip.rom.starts == 1
    assert listens(board)
    board.press_reset(hold_s=0.01)
    board.spend(0.0105)
    assert board.chip.rom.starts == 2
    assert runs(board)
    assert not listens(board)  # 1.227 ms later (AN2606)
    board.spend(0.001)
    assert listens(board)


def test_it_runs_at_24_mhz_with_the_watchdogs_prescaler_at_its_maximum(board: VirtualBoard) -> None:
    assert board.chip.f1.rcc.hclk_hz == 24_000_000
    assert board.chip.f1.iwdg.PR == 6


def test_flash_boot_is_no_rom(board: VirtualBoard) -> None:
    board.set_boot0(0)
    board.press_reset()
    board.spend(0.2)
    assert board.chip.rom.starts == 1
    assert not runs(board)
    assert board.chip.f1.rcc.hclk_hz == 8_000_000


def test_a_debugger_pauses_it_and_it_goes_on_where_it_was(board: VirtualBoard) -> None:
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN | C_HALT)
    board.spend(0.001)
    assert not runs(board)
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN)
    board.spend(0.001)
    assert runs(board)
    assert board.chip.rom.starts == 1


def test_a_debugger_sends_the_core_there(board: VirtualBoard) -> None:
    board.set_boot0(0)
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN)
    debugger_writes(board, DEMCR, VC_CORERESET)
    board.press_reset()
    board.spend(0.2)
    core = board.chip.core
    assert core.halted
    stack, entry = (board.chip.bus.read(SYSTEM_MEMORY + at, 4, Master.DEBUG) for at in (0, 4))
    core.put(Reg.SP, stack)
    core.put(Reg.PC, entry)
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN)
    board.spend(0.01)
    assert listens(board)
    assert board.chip.rom.starts == 2


def test_a_debugger_takes_the_core_out_of_it(board: VirtualBoard) -> None:
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN | C_HALT)
    board.chip.bus.write(0x2000_1000, 2, 0xE7FE, Master.DEBUG)  # B .
    board.chip.core.put(Reg.PC, 0x2000_1000)
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN)
    board.spend(0.001)
    assert not runs(board)
    assert board.chip.core.get(Reg.PC) == 0x2000_1000
    assert not board.chip.core.parked


def test_a_step_in_it_ends(board: VirtualBoard) -> None:
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN | C_HALT)
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN | 4)
    board.spend(0.001)
    assert board.chip.core.halted


def test_the_watchdog_does_not_bite_while_it_runs(board: VirtualBoard) -> None:
    board.chip.f1.iwdg.start()
    board.spend(60.0)
    assert board.chip.rom.starts == 1
    debugger_writes(board, DHCSR, KEY | C_DEBUGEN | C_HALT)
    board.spend(30.0)  # nobody refreshes it while the core is halted: 26.2 s
    assert board.chip.f1.rcc.CSR >> 29 & 1  # IWDGRSTF


def test_it_ends_with_the_supply(board: VirtualBoard) -> None:
    ends: list[float] = []
    board.chip.rom.on_end.append(lambda: ends.append(board.clock.now))
    board.power_off()
    assert len(ends) == 1
    assert not runs(board)
