"""A core with RAM, flash-like memory and a debugger, and Thumb programs assembled for it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from swdflash.memory import Span
from swdflash.sim.adiv5.debug import attach_debug
from swdflash.sim.bus import Bus, Master, ResetKind
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.core_model import CORTEX_M3, CoreModel
from swdflash.sim.chip.memory import Memory, Ram
from swdflash.sim.chip.registers import Reg
from swdflash.sim.clock import PS_PER_S, Clock

HZ = 8_000_000

VECTORS = [
    "reset",
    "nmi",
    "hardfault",
    "memmanage",
    "busfault",
    "usagefault",
    "0",
    "0",
    "0",
    "0",
    "svcall",
    "debugmon",
    "0",
    "pendsv",
    "systick",
    "irq0",
    "irq1",
    "irq2",
]
NAMED = [name for name in VECTORS if name != "0"]

PREFACE = f"""
    .syntax unified
    .thumb
    .word 0x20005000
    {"".join(f".word {name};" for name in VECTORS)}
    .equ COUNT, 0x20000000
    .thumb_func
unexpected: b .
    .thumb_func
reset:
"""


LINKED_TO_FLASH = (
    "arm-none-eabi-gcc",
    "-nostdlib",
    "-Wl,-Ttext=0x08000000,--entry=0x08000000",
)


@dataclass(frozen=True)
class Program:
    code: bytes
    symbols: dict[str, int]


@cache
def assemble(source: str, folder: Path, cpu: str = "cortex-m3") -> Program:
    """Machine code linked at 0x08000000, and where its labels are (without the Thumb bit)."""
    elf = folder / "program.elf"
    names = [name for name in NAMED[1:] if not re.search(rf"^\s*{name}:", source, re.MULTILINE)]
    missing = "".join(f".thumb_set {name}, unexpected\n" for name in names)
    subprocess.run(
        [*LINKED_TO_FLASH, "-x", "assembler", "-", "-o", str(elf)],
        input=f".cpu {cpu}\n" + PREFACE + source + "\n" + missing,
        text=True,
        check=True,
        capture_output=True,
    )
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        text, table = image.get_section_by_name(".text"), image.get_section_by_name(".symtab")
        assert text is not None
        assert isinstance(table, SymbolTableSection)
        symbols = {symbol.name: symbol["st_value"] & ~1 for symbol in table.iter_symbols()}
        code = text.data()
    return Program(code, symbols)


class PlainFlash(Memory):
    """Flash that takes every store as it comes."""

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        self.write(offset, size, value, master)

    def stall(self, master: Master) -> None: ...


@dataclass
class Machine:
    """A core on a bus; whatever is asserted is read from the bus or the core's registers."""

    skip_spins: bool = True
    guarded_flash: bool = False
    clock: Clock = field(default_factory=Clock)
    hz: int = HZ
    model: CoreModel = CORTEX_M3

    def __post_init__(self) -> None:
        self.bus = Bus()
        self.core = Core(
            self.bus, self.clock, lambda: self.hz, model=self.model, skip_spins=self.skip_spins
        )
        attach_debug(self.bus, self.core, dev_id=0x410)
        self.ram = Ram(Span(0x2000_0000, 0x5000))
        self.flash = PlainFlash(Span(0x0800_0000, 0x1_0000))
        for memory in (self.ram, self.flash):
            self.bus.attach(memory)
        self.core.map_memory(self.ram, 0x2000_0000, stores_through=False)
        self.core.map_memory(self.flash, 0x0800_0000, stores_through=self.guarded_flash)
        self.core.map_memory(self.flash, 0, stores_through=self.guarded_flash)
        self.symbols: dict[str, int] = {}

    def load(self, program: Program) -> None:
        self.flash.buffer[: len(program.code)] = program.code
        self.flash.changed(self.flash.span)
        self.symbols = program.symbols
        self.core.reset(ResetKind.POWER_ON)

    def run(self, seconds: float) -> None:
        self.core.run_until(self.clock.now_ps + round(seconds * PS_PER_S))

    def read(self, address: int, size: int = 4) -> int:
        return self.bus.read(address, size, Master.DEBUG)

    def write(self, address: int, value: int, size: int = 4) -> None:
        self.bus.write(address, size, value, Master.DEBUG)

    def at(self, label: str) -> bool:
        """Whether the core stands at a label."""
        return self.core.get(Reg.PC) == self.symbols[label]

    def halt(self) -> None:
        self.write(0xE000_EDF0, 0xA05F_0003)

    def go(self) -> None:
        self.write(0xE000_EDF0, 0xA05F_0001)

    def step(self) -> None:
        self.write(0xE000_EDF0, 0xA05F_0005)
        self.run(1e-6)

    def run_to_bkpt(self) -> None:
        """Let the debugger take the next BKPT."""
        self.write(0xE000_EDF0, 0xA05F_0001)
        self.run(0.1)
        assert self.core.halted


Make = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path) -> Make:
    """`machine(source, **how)`: a machine with that program in flash, just out of reset."""

    def make(source: str = "b .", skip_spins: bool = True, guarded_flash: bool = False) -> Machine:
        made = Machine(skip_spins, guarded_flash)
        made.load(assemble(source, tmp_path))
        return made

    return make
