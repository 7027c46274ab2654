"""Main flash as the bus sees it: read like memory, written through its controller."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from typing import Protocol

from swdflash.chips.chip import Flash
from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.memory import Memory
from swdflash.sim.chip.peripherals.cells import Cells, Erasing, Programming
from swdflash.sim.chip.peripherals.registers import Log, no_log

Program = Callable[[int, int, int, Master], None]
Stall = Callable[[Master], None]


class FlashProtection(Protocol):
    """What option bytes say of main flash."""

    @property
    def rdp_active(self) -> bool:
        """Read protection of level 1 or 2."""
        ...

    @property
    def guards_first_pages(self) -> bool:
        """Read protection also keeps code from changing the first pages (PM0075 §2.4.1)."""
        ...

    def write_protects(self, address: int) -> bool:
        """Whether the sector at an address is write-protected."""
        ...


class FlashArray(Memory):
    """Cells that outlive the process.

    `erase_counts` holds an unsigned little-endian 32-bit number a sector. `debugged` tells whether
    a debugger has the core, or the core booted from elsewhere than flash: then read protection
    bars it from flash (PM0075 §2.4.1).
    """

    def __init__(
        self,
        flash: Flash,
        contents: mmap.mmap,
        erase_counts: mmap.mmap,
        options: FlashProtection,
        log: Log = no_log,
    ) -> None:
        super().__init__(flash.span, contents)
        self.options = options
        self.erase_counts = erase_counts
        self.log = log
        self.debugged: Callable[[], bool] = lambda: False
        self.controllers: list[tuple[Span, Program, Stall]] = []
        self._cells = Cells(flash.start, contents, self._changed)
        self._index = {sector: number for number, sector in enumerate(flash.sectors)}

    def attach(self, bank: Span, program: Program, stall: Stall) -> None:
        """Hand a bank's writes, and the waits of its reads, to its controller."""
        self.controllers.append((bank, program, stall))

    def read(self, offset: int, size: int, master: Master) -> int:
        """Raises `BusFault` under read protection."""
        address = self.span.start + offset
        self._stall_at(address, master)
        if self.read_protected(master):
            self.log(f"flash: read of {address:#010x} while read-protected (PM0075 §2.4.1)")
            raise BusFault(address, "main flash is read-protected")
        return super().read(offset, size, master)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Raises `BusFault` where the bank's controller does."""
        address = self.span.start + offset
        for bank, program, _stall in self.controllers:
            if address in bank:
                program(address, size, value, master)

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        """What the core stores; raises `BusFault`."""
        self.write(offset, size, value, master)

    def stall(self, master: Master) -> None:
        """Wait until no bank is busy."""
        for _bank, _program, stall in self.controllers:
            stall(master)

    def _stall_at(self, address: int, master: Master) -> None:
        for bank, _program, stall in self.controllers:
            if address in bank:  # the other bank of an XL can be read meanwhile (PM0068 §2.3.3)
                stall(master)

    def read_protected(self, master: Master) -> bool:
        """Whether this master may not read main flash now."""
        return self.options.rdp_active and (master is Master.DEBUG or self.debugged())

    def write_protected(self, address: int, master: Master) -> bool:
        """Whether a page's cells may not be changed by this master (PM0075 §2.4.1, §2.4.2)."""
        if self.options.write_protects(address):
            return True
        if not self.options.rdp_active:
            return False
        first_pages = address < self.span.start + 0x1000  # pages 0-3 of 1 KiB, 0-1 of 2 KiB
        guarded = first_pages and self.options.guards_first_pages
        return guarded or master is Master.DEBUG or self.debugged()

    def mass_erase_barred(self, master: Master) -> bool:
        """Whether read protection keeps this master from a mass erase; on STM32F1 it does not."""
        return not self.options.guards_first_pages and self.read_protected(master)

    def peek16(self, address: int) -> int:
        """The half-word at an address, whoever may read it."""
        return self._cells.peek16(address)

    def peek(self, address: int, size: int) -> int:
        """The value at an address, whoever may read it."""
        return self._cells.peek(address, size)

    def programming(self, address: int, value: int, size: int = 2) -> Programming:
        """The operation that programs a half-word, or another number of bytes."""
        return Programming(self._cells, address, value, size)

    def erasing(self, sectors: Sequence[Span]) -> Erasing:
        """The operation that erases sectors."""
        return Erasing(self._cells, sectors, self._wear)

    def erase_count(self, sector: Span) -> int:
        """How often the sector was erased in its life."""
        at = self._index[sector] * 4
        return int.from_bytes(self.erase_counts[at : at + 4], "little")

    def _wear(self, sector: Span) -> None:
        at = self._index[sector] * 4
        self.erase_counts[at : at + 4] = (self.erase_count(sector) + 1).to_bytes(4, "little")

    def _changed(self, span: Span) -> None:
        self.changed(span)
