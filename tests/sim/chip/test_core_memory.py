"""Code that changes under the core, and flash, whose stores are not plain."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.memory import Memory
from swdflash.sim.chip.registers import Reg
from swdflash.sim.clock import Clock

from .conftest import Make

MOVS_R7 = 0x2700  # movs r7, #0; the low byte is the number


def test_code_written_by_a_debugger_is_what_runs(machine: Make) -> None:
    board = machine("b .")
    board.write(0x2000_0000, 0xE7FE_0000 | MOVS_R7 | 1)  # movs r7, #1; b .
    for number in (1, 2):
        board.write(0x2000_0000, MOVS_R7 | number, size=2)
        board.halt()
        board.core.put(Reg.PC, 0x2000_0000)
        board.go()
        board.run(1e-4)
        assert board.core.get(Reg.R7) == number


def test_code_changed_in_flash_is_what_runs_at_its_alias_too(machine: Make) -> None:
    board = machine("b 1f; .balign 4; 1: there: movs r7, #1; b .")
    alias = board.symbols["there"] - 0x0800_0000
    for number in (1, 2):
        board.flash.buffer[alias] = number
        board.flash.changed(Span(board.symbols["there"], 1))
        board.halt()
        board.core.put(Reg.PC, alias)
        board.go()
        board.run(1e-4)
        assert board.core.get(Reg.R7) == number


def test_code_that_writes_code(machine: Make) -> None:
    board = machine("""
        ldr r0, =0x20000000; ldr r1, =0xBF002701; ldr r2, =0x47704770; str r2, [r0, #4]
        str r1, [r0]; adds r3, r0, #1; blx r3
        ldr r1, =0xBF002702; str r1, [r0]; blx r3
        b .
    """)
    board.run(1e-3)
    assert board.core.get(Reg.R7) == 2


class AndFlash(Memory):
    """Stores can only clear bits, take a microsecond, and are refused at the end."""

    clock: Clock

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        if offset == 0xFFC:
            raise BusFault(self.span.start + offset, "locked")
        assert master is Master.CORE
        self.clock.now_ps += 1_000_000
        old = int.from_bytes(self.buffer[offset : offset + size], "little")
        self.buffer[offset : offset + size] = (old & value).to_bytes(size, "little")

    def stall(self, master: Master) -> None: ...


def test_a_store_to_flash_leaves_what_flash_made_of_it(machine: Make) -> None:
    board = machine("""
        ldr r0, =0x09000000; ldr r1, =0xF0F0; ldr r2, =0x0FFF
        strh r1, [r0]; strh r2, [r0]; str r1, [r0, #8]; b 1f
        nop
    1:  ldrh r3, [r0]; ldr r0, =0x09000FFC; strh r1, [r0]; b .
        .thumb_func
    hardfault: b .
    """)
    flash = AndFlash(Span(0x0900_0000, 0x1000))
    flash.clock = board.clock
    flash.buffer[:] = b"\xff" * 0x1000
    board.bus.attach(flash)
    board.core.map_memory(flash, 0x0900_0000, stores_through=True)
    board.run(1e-4)
    assert board.core.get(Reg.R3) == 0x00F0
    assert flash.buffer[:12].hex() == "f000ffffffffffff" + "f0f00000"
    assert board.at("hardfault")
    assert flash.buffer[0xFFC:0xFFE] == b"\xff\xff"
    assert board.read(0xE000_ED38) == 0x0900_0FFC


def test_unmapped_memory_is_gone(machine: Make) -> None:
    board = machine("ldr r0, =0x20000000; ldr r1, [r0]; b .; .thumb_func\nhardfault: b .")
    board.core.unmap(0x2000_0000)
    board.run(1e-4)
    assert board.core.locked_up  # not even the frame can be stacked
