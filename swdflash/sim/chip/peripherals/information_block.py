"""The information block: system memory with the factory's words in it, and the option bytes.

One memory, since both lie in one 4 KiB page of the address space (PM0075 §2.1, Table 2).
"""

from __future__ import annotations

import mmap
import struct

from swdflash.chips.chip import Chip
from swdflash.memory import Span
from swdflash.sim.bus import Master
from swdflash.sim.chip.memory import PAGE, Memory
from swdflash.sim.chip.peripherals.flash import FlashInterface
from swdflash.sim.chip.peripherals.option_bytes import FACTORY
from swdflash.sim.chip.peripherals.registers import Log, no_log

ROM_ENTRY, ROM_LOOP = 8, 10  # from the start of system memory
ROM_CODE = b"\x00\xbf\xfe\xe7"  # NOP; B . : what the loader does is done by `sim.chip.rom`
SIZE_WORD_BEFORE_UID = 8  # F_SIZE at 0x1FFF_F7E0, U_ID at 0x1FFF_F7E8 (RM0008 §30)


def block_span(chip: Chip) -> Span:
    """System memory and option bytes."""
    start = chip.system_memory.start
    return Span(start, chip.option_bytes.end - start)


def factory_block(chip: Chip, uid: bytes, flash_kib: int) -> bytes:
    """The block as a chip leaves the factory; `flash_kib` is what F_SIZE says."""
    span = block_span(chip)
    start = span.start
    block = bytearray(b"\xff" * (-(-span.size // PAGE) * PAGE))
    vectors = struct.pack("<2I", chip.sram[0].start + 0x200, start + ROM_ENTRY | 1)
    block[: ROM_ENTRY + len(ROM_CODE)] = vectors + ROM_CODE
    at = chip.uid.start - start
    block[at - SIZE_WORD_BEFORE_UID : at - SIZE_WORD_BEFORE_UID + 2] = struct.pack("<H", flash_kib)
    block[at : at + chip.uid.size] = uid
    at = chip.option_bytes.start - start
    block[at : at + len(FACTORY)] = FACTORY
    return bytes(block)


class InformationBlock(Memory):
    """Written only where the option bytes are, through the flash interface."""

    def __init__(
        self, chip: Chip, contents: mmap.mmap, controller: FlashInterface, log: Log = no_log
    ) -> None:
        super().__init__(block_span(chip), contents)
        self._options = chip.option_bytes
        self._controller = controller
        self._log = log

    def read(self, offset: int, size: int, master: Master) -> int:
        """Always readable (PM0075 §2.4.3); waits for the end of an operation."""
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
