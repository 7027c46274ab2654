"""The whole board: firmware runs, pins and jumpers count, resets and power do what they do."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from swdflash.chips.data import chip_named
from swdflash.images.load import FileBytes, load_bytes
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.registers import Reg
from swdflash.sim.wiring import Wiring

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"
FLASH, SRAM = 0x0800_0000, 0x2000_0000
DHCSR, DEMCR, AIRCR = 0xE000_EDF0, 0xE000_EDFC, 0xE000_ED0C
RCC_CSR, RCC_APB2ENR, DBGMCU_CR = 0x4002_1024, 0x4002_1018, 0xE004_2004
SYSRESETREQ = 0x05FA_0004


def thumb(*halfwords: int) -> bytes:
    return struct.pack(f"<{len(halfwords)}H", *halfwords)


def store(value: int, address: int) -> bytes:
    """Thumb: `*address = value`, by r0 and r1, with the constants behind a branch."""
    # LDR r0,[pc,#8]; LDR r1,[pc,#8]; STR r0,[r1]; B +8; NOP; NOP; .word value; .word address
    code = thumb(0x4802, 0x4903, 0x6008, 0xE005, 0xBF00, 0xBF00)
    return code + struct.pack("<2I", value, address)


SPIN = thumb(0xE7FE)
WFI_FOREVER = thumb(0xBF30, 0xE7FD)


def firmware(*parts: bytes) -> bytes:
    """A vector table and code right behind it."""
    return struct.pack("<2I", SRAM + 0x1000, FLASH + 0x40 | 1).ljust(0x40, b"\0") + b"".join(parts)


def make_board(
    code: bytes = b"", *, chip: str = "STM32F103C8", wiring: Wiring | None = None, seed: int = 0
) -> tuple[VirtualBoard, NonVolatile]:
    part = chip_named(chip)
    nonvolatile = NonVolatile.from_factory(part, bytes(range(12)))
    nonvolatile.flash[: len(code)] = code
    return VirtualBoard(part, nonvolatile, wiring or Wiring(serial="0"), seed=seed), nonvolatile


def running(code: bytes, **wiring: object) -> VirtualBoard:
    board, _ = make_board(code, wiring=Wiring(serial="0", **wiring))  # type: ignore[arg-type]
    board.boot()
    return board


def read(board: VirtualBoard, address: int, size: int = 4) -> int:
    return board.chip.bus.read(address, size, Master.DEBUG)


def write(board: VirtualBoard, address: int, value: int, size: int = 4) -> None:
    board.chip.bus.write(address, size, value, Master.DEBUG)


def test_blinky_toggles_its_led_every_250_ms() -> None:
    board, _ = blinky()
    board.power_on()
    board.spend(2.1)
    edges = [edge for edge in board.chip.f1.ports["C"].edges if edge.pin == 13]
    assert [edge.level for edge in edges] == [0, 1] * 4
    for number, edge in enumerate(edges, 1):
        assert edge.at_s == pytest.approx(0.25 * number, abs=1e-4)
    assert board.log == []


def test_time_does_nothing_while_power_is_off() -> None:
    board, _ = make_board(firmware(SPIN))
    board.spend(1.0)
    assert not board.powered
    assert not board.chip.swd_alive
    assert board.clock.now == 1.0


def test_boot_runs_for_the_uptime() -> None:
    board = running(firmware(SPIN), uptime_s=0.01)
    assert board.clock.now == pytest.approx(0.01, rel=1e-3)
    assert board.chip.core.get(Reg.PC) == FLASH + 0x40


@pytest.mark.parametrize(
    ("boot0", "boot1", "source", "first"),
    [
        (0, 0, "flash", FLASH),
        (0, 1, "flash", FLASH),
        (1, 0, "system-memory", 0x1FFF_F000),
        (1, 1, "sram", SRAM),
    ],
)
def test_boot_pins_choose_what_is_at_0(boot0: int, boot1: int, source: str, first: int) -> None:
    board = running(firmware(SPIN), boot0=boot0, boot1=boot1, uptime_s=0.001)
    assert board.chip.boot_source == source
    assert read(board, 0) == read(board, first)
    if boot0 and not boot1:
        assert board.chip.core.get(Reg.PC) == 0x1FFF_F00A
        assert not board.chip.core.locked_up


def test_nrst_holds_the_core_while_the_debug_port_answers() -> None:
    board = running(firmware(store(0x0400_0000, 0x4001_0004), SPIN), uptime_s=0.001)
    board.drive_nrst(low=True)
    before = board.chip.core.get(Reg.PC)
    board.spend(0.01)
    assert board.chip.in_reset
    assert board.chip.swd_alive
    assert board.chip.core.get(Reg.PC) == before
    write(board, DBGMCU_CR, 7)
    board.drive_nrst(low=False)
    assert read(board, DBGMCU_CR) == 7
    assert read(board, RCC_CSR) & 0xFC00_0000 == 0x0C00_0000


def test_an_nrst_that_is_not_wired_does_nothing() -> None:
    board = running(firmware(SPIN), nrst_wired=False, uptime_s=0.001)
    board.drive_nrst(low=True)
    assert not board.chip.in_reset


def test_dbgmcu_cr_goes_with_power_alone() -> None:
    board = running(firmware(SPIN), uptime_s=0.001)
    write(board, DBGMCU_CR, 0x307)
    write(board, AIRCR, SYSRESETREQ)
    board.spend(0.001)
    assert read(board, RCC_CSR) >> 28 == 1
    assert read(board, DBGMCU_CR) == 0x307
    board.power_off()
    board.power_on()
    assert read(board, DBGMCU_CR) == 0


def test_ram_outlives_resets_but_not_power() -> None:
    board = running(firmware(SPIN), uptime_s=0.001)
    write(board, SRAM + 0x100, 0xCAFE_F00D)
    write(board, AIRCR, SYSRESETREQ)
    board.spend(0.001)
    assert read(board, SRAM + 0x100) == 0xCAFE_F00D
    board.power_off()
    board.power_on()
    assert read(board, SRAM + 0x100) != 0xCAFE_F00D


def test_firmware_that_turns_swd_off_is_caught_in_the_act() -> None:
    enable_afio = store(1, RCC_APB2ENR)
    board = running(firmware(enable_afio, store(0x0400_0000, 0x4001_0004), SPIN))
    lost = board.chip.swd_lost
    assert not board.chip.swd_alive
    assert lost is not None
    assert lost.cause_register == "AFIO_MAPR"
    assert FLASH + 0x40 + len(enable_afio) <= lost.cause_pc <= FLASH + 0x40 + 2 * len(enable_afio)
    assert lost.at_s < 1e-3
    board.drive_nrst(low=True)
    assert board.chip.swd_alive


def test_afio_without_its_clock_does_not_cut_swd() -> None:
    board = running(firmware(store(0x0400_0000, 0x4001_0004), SPIN))
    assert board.chip.swd_alive
    assert any("clock is not enabled" in text for _at, text in board.log)


def blinky() -> tuple[VirtualBoard, NonVolatile]:
    image = load_bytes([FileBytes("blinky.elf", BLINKY.read_bytes())], bin_address=FLASH).image
    board, nonvolatile = make_board()
    for segment in image.segments:
        at = segment.address - FLASH
        nonvolatile.flash[at : at + len(segment.data)] = segment.data
    return board, nonvolatile


@pytest.mark.parametrize("reset", ["SYSRESETREQ", "NRST"])
def test_firmware_runs_again_when_a_halted_core_is_reset(reset: str) -> None:
    board, _ = blinky()
    board.boot()
    write(board, DHCSR, 0xA05F_0003)
    board.spend(0.1)
    if reset == "NRST":
        board.drive_nrst(low=True)
        write(board, DHCSR, 0xA05F_0000)
        board.drive_nrst(low=False)
    else:
        write(board, DHCSR, 0xA05F_0001)
        write(board, DHCSR, 0xA05F_0003)
        write(board, AIRCR, SYSRESETREQ)
        write(board, DHCSR, 0xA05F_0000)
    before = len(board.chip.f1.ports["C"].edges)
    board.spend(1.1)
    assert len(board.chip.f1.ports["C"].edges) - before == 4


def test_systick_does_not_wake_a_chip_from_stop() -> None:
    systick = store(79999, 0xE000_E014) + store(7, 0xE000_E010)
    board = running(firmware(systick, store(4, 0xE000_ED10), WFI_FOREVER), uptime_s=0.1)
    assert board.chip.power_mode is PowerMode.STOP
    assert not board.chip.core.locked_up  # there is no handler for it


@pytest.mark.parametrize("kept", [False, True])
def test_stop_mode_cuts_swd_unless_dbg_stop_is_set(kept: bool) -> None:
    sleepdeep = store(4, 0xE000_ED10)
    keep = store(2, DBGMCU_CR) if kept else b""
    board = running(firmware(keep, sleepdeep, WFI_FOREVER), uptime_s=0.01)
    assert board.chip.power_mode is PowerMode.STOP
    assert board.chip.swd_alive is kept


STANDBY = store(1 << 28, 0x4002_101C) + store(2, 0x4000_7000) + store(4, 0xE000_ED10)


def test_a_chip_in_standby_comes_back_by_nrst_and_remembers() -> None:
    board = running(firmware(STANDBY, WFI_FOREVER), uptime_s=0.01)
    assert board.chip.power_mode is PowerMode.STANDBY
    alive = [board.chip.swd_alive]
    board.drive_nrst(low=True)
    alive.append(board.chip.swd_alive)
    assert alive == [False, True]
    write(board, 0x4002_101C, 1 << 28)
    assert read(board, 0x4000_7004) & 2  # SBF


def test_an_option_byte_turns_standby_into_a_reset() -> None:
    board, nonvolatile = make_board(firmware(STANDBY, WFI_FOREVER))
    nonvolatile.information_block[0x802:0x804] = b"\xfb\x04"  # nRST_STDBY = 0
    board.power_on()
    board.spend(1e-3)
    assert board.chip.power_mode is PowerMode.RUN
    assert read(board, RCC_CSR) & 1 << 31


def test_nrst_that_is_low_when_power_comes_holds_the_core() -> None:
    board, _ = make_board(firmware(SPIN))
    board.drive_nrst(low=True)
    board.boot()
    assert board.chip.in_reset
    board.drive_nrst(low=False)
    board.spend(0.001)
    assert board.chip.core.get(Reg.PC) == FLASH + 0x40


def test_the_watchdog_resets_a_chip_that_does_not_feed_it() -> None:
    code = firmware(
        store(0x5555, 0x4000_3000),
        store(0, 0x4000_3004),  # prescaler 4
        store(99, 0x4000_3008),  # 100 x 4 / 40 kHz: 10 ms
        store(0xCCCC, 0x4000_3000),
        SPIN,
    )
    board = running(code, uptime_s=0.009)
    assert not read(board, RCC_CSR) & 1 << 29
    board.spend(0.002)
    assert read(board, RCC_CSR) & 1 << 29


@pytest.mark.parametrize("frozen", [False, True])
def test_the_watchdog_stands_still_in_debug_only_if_told(frozen: bool) -> None:
    board = running(firmware(store(0xCCCC, 0x4000_3000), SPIN), uptime_s=0.01)
    write(board, DBGMCU_CR, 0x100 if frozen else 0)
    write(board, DHCSR, 0xA05F_0003)
    board.spend(1.0)  # 4096 x 4 / 40 kHz: 0.41 s
    assert bool(read(board, RCC_CSR) & 1 << 29) is not frozen


def test_a_fault_locks_the_core_up_and_says_so() -> None:
    board, _ = make_board(b"")  # erased flash: SP and PC are 0xFFFFFFFF
    board.boot()
    assert board.chip.core.locked_up
    assert board.chip.swd_alive


# Flash, by code that runs


UNLOCK = store(0x4567_0123, 0x4002_2004) + store(0xCDEF_89AB, 0x4002_2004)
PG = store(1, 0x4002_2010)


def store_half(value: int, address: int) -> bytes:
    return store(value, address).replace(thumb(0x6008), thumb(0x8008))  # STRH r0,[r1]


def test_code_in_flash_programs_flash_and_waits_meanwhile() -> None:
    target = FLASH + 0x8000
    code = firmware(UNLOCK, PG, store_half(0xBEEF, target), store_half(0xF00D, target + 2), SPIN)
    board, nonvolatile = make_board(code)
    board.power_on()
    spin = FLASH + len(code) - len(SPIN)
    while board.chip.core.get(Reg.PC) != spin:
        board.spend(1e-6)
    assert 2 * 52.5e-6 < board.clock.now < 2 * 52.5e-6 + 20e-6
    assert nonvolatile.flash[0x8000:0x8004] == b"\xef\xbe\x0d\xf0"
    assert board.log == []


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((PG,), "LOCK is set"),
        ((UNLOCK,), "PG is not set"),
        ((UNLOCK, PG, store_half(0, FLASH + 0x8000)), "not erased"),
    ],
)
def test_code_that_breaks_a_rule_programs_nothing(parts: tuple[bytes, ...], reason: str) -> None:
    code = firmware(*parts, store_half(0xBEEF, FLASH + 0x8000), SPIN)
    board, nonvolatile = make_board(code)
    board.boot()
    assert nonvolatile.flash[0x8000:0x8002] in (b"\xff\xff", b"\0\0")
    assert read(board, FLASH + 0x8000, 2) in (0xFFFF, 0)
    assert any(reason in text for _at, text in board.log)


def test_a_word_store_into_flash_is_a_bus_fault() -> None:
    board, nonvolatile = make_board(firmware(UNLOCK, PG, store(0, FLASH + 0x8000), SPIN))
    board.boot()
    assert board.chip.core.locked_up  # no HardFault vector
    assert nonvolatile.flash[0x8000:0x8004] == b"\xff" * 4
    assert any("not half-word" in text for _at, text in board.log)


def test_read_protection_stops_code_once_a_debugger_has_hold_of_it() -> None:
    board, nonvolatile = make_board(firmware(SPIN))
    nonvolatile.information_block[0x800:0x802] = b"\x00\xff"
    board.boot()
    core = board.chip.core
    states = [core.locked_up]
    with pytest.raises(BusFault):
        read(board, FLASH)
    write(board, DHCSR, 0xA05F_0001)
    board.spend(0.001)
    states.append(core.locked_up)
    assert states == [False, True]
    with pytest.raises(BusFault):
        read(board, FLASH)
    with pytest.raises(BusFault):
        read(board, 0)


def test_power_lost_in_an_erase_leaves_a_page_half_erased() -> None:
    board, nonvolatile = make_board(firmware(SPIN), seed=7)
    nonvolatile.flash[0x8000:0x8400] = bytes(1024)
    board.boot()
    for address, value in (
        (0x4002_2004, 0x4567_0123),
        (0x4002_2004, 0xCDEF_89AB),
        (0x4002_2010, 2),
        (0x4002_2014, FLASH + 0x8000),
        (0x4002_2010, 0x42),
    ):
        write(board, address, value)
    board.spend(0.01)
    board.power_off()
    left = nonvolatile.flash[0x8000:0x8400]
    assert left not in (bytes(1024), b"\xff" * 1024)
    board.power_on()
    assert read(board, 0x4002_2010) == 0x80


def test_a_timer_interrupts_the_core() -> None:
    table = bytearray(firmware())
    note = store(1, SRAM + 0x100) + SPIN
    code = (
        store(1, 0x4002_101C)  # TIM2EN
        + store(7, 0x4000_0028)
        + store(999, 0x4000_002C)  # 1 kHz
        + store(1, 0x4000_000C)
        + store(1 << 28, 0xE000_E100)
        + store(1, 0x4000_0000)
        + SPIN
    )
    start = FLASH + 0x100
    handler = start + (len(code) + 3 & ~3)
    table[4:8] = struct.pack("<I", start | 1)
    table = table.ljust(0x100, b"\0")
    table[4 * (16 + 28) : 4 * (16 + 28) + 4] = struct.pack("<I", handler | 1)
    board, _ = make_board(bytes(table) + code.ljust(handler - start, b"\0") + note)
    board.power_on()
    write(board, SRAM + 0x100, 0)
    board.spend(0.9e-3)
    assert read(board, SRAM + 0x100) == 0
    board.spend(0.2e-3)
    assert read(board, SRAM + 0x100) == 1
