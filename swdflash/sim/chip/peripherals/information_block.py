"""The information block: system memory with the factory's words in it, and the option bytes.

One memory, since both lie in one 4 KiB page of the address space (PM0075 §2.1, Table 2).
"""

from __future__ import annotations

import mmap
import struct
from typing import Protocol

from swdflash.chips.chip import Chip
from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.memory import PAGE, Memory
from swdflash.sim.chip.peripherals.option_bytes import factory
from swdflash.sim.chip.peripherals.registers import Log, no_log

ROM_ENTRY, ROM_LOOP = 8, 10  # from the start of system memory
ROM_CODE = b"\x00\xbf\xfe\xe7"  # NOP; B . : what the loader does is done by `sim.chip.rom`
OPTCR_USER = 0xEF  # BOR off, software watchdog, no resets (RM0090 §3.9.6)


class OptionWriter(Protocol):
    """The flash controller, as far as the block needs it."""

    def stall(self, master: Master) -> None:
        """Wait for the end of an operation."""
        ...

    def program_option(self, address: int, size: int, value: int, master: Master) -> None:
        """A write into the option bytes; raises `BusFault`."""
        ...


def block_span(chip: Chip) -> Span:
    """System memory and option bytes, from the beginning of a page."""
    start = chip.system_memory.start & ~(PAGE - 1)
    return Span(start, chip.option_bytes.end - start)


def factory_block(chip: Chip, uid: bytes, flash_kib: int) -> bytes:
    """The block as a chip leaves the factory; `flash_kib` is what F_SIZE says."""
    span, rom = block_span(chip), chip.system_memory.start
    block = bytearray(b"\xff" * (-(-span.size // PAGE) * PAGE))
    vectors = struct.pack("<2I", chip.sram[0].start + 0x200, rom + ROM_ENTRY | 1)
    parts = [
        (rom, vectors),
        (rom + ROM_ENTRY, ROM_CODE),
        (chip.flash_size_at, struct.pack("<H", flash_kib)),
        (chip.uid.start, uid),
        (chip.option_bytes.start, factory_options(chip)),
    ]
    if chip.rom.version_at is not None and chip.rom.versions:
        parts.append((chip.rom.version_at, bytes([chip.rom.versions[0]])))
    for address, data in parts:
        block[address - span.start : address - span.start + len(data)] = data
    return bytes(block)


def factory_options(chip: Chip) -> bytes:
    """Option bytes as the chip leaves the factory: nothing protected."""
    if "FLASH_OPTCR" not in chip.registers:
        return factory(chip)
    options = bytearray(b"\xff" * chip.option_bytes.size)
    for name, value in (("USER", OPTCR_USER), ("RDP", chip.rdp_unprotected)):
        options[chip.option_byte_at[name] - chip.option_bytes.start] = value
    return bytes(options)


class InformationBlock(Memory):
    """Written only where the option bytes are, through the flash interface."""

    def __init__(
        self, chip: Chip, contents: mmap.mmap, controller: OptionWriter, log: Log = no_log
    ) -> None:
        super().__init__(block_span(chip), contents)
        self._first = chip.system_memory.start - self.span.start
        self._options = chip.option_bytes
        self._controller = controller
        self._log = log

    def read(self, offset: int, size: int, master: Master) -> int:
        """Always readable (PM0075 §2.4.3); waits for the end of an operation."""
        if offset < self._first:
            raise BusFault(self.span.start + offset, "no device is mapped here")
        self._controller.stall(master)
        return super().read(offset, size, master)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Raises `BusFault` where the flash interface does."""
        address = self.span.start + offset
        if address in self._options:
            self._controller.program_option(address, size, value, master)
        else:
            self._log(f"system memory: write at {address:#010x} changes nothing")

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        """What the core stores; raises `BusFault`."""
        self.write(offset, size, value, master)

    def stall(self, master: Master) -> None:
        """Wait for the end of an operation."""
        self._controller.stall(master)
