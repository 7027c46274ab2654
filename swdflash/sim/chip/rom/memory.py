"""What a ROM bootloader does to its chip; its interfaces (USART, USB) are made of these verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from swdflash.memory import Span


class NotAllowed(Exception):
    """The ROM does not do that: a bad address, read protection, an operation that failed."""


class RomMemory(Protocol):
    """Memory as the ROM sees it. Every verb takes the chip's time, on its clock.

    All but `protected` raise `NotAllowed`, or `RomStopped` where a reset or a power cut comes in
    the middle. Those that change option bytes end in a system reset, as the ROM does it (AN3155),
    and so in `RomStopped`.
    """

    @property
    def protected(self) -> bool:
        """Read protection is on: memory can be neither read nor changed."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Flash, SRAM, system memory, option bytes."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Flash is programmed, SRAM stored to, option bytes erased and programmed."""
        ...

    def erase(self, sectors: Sequence[int]) -> None:
        """Erase sectors by their number; write-protected ones stay, without a word (AN3155)."""
        ...

    def mass_erase(self, bank: int | None = None) -> None:
        """Erase one bank (0, 1), or all of main flash."""
        ...

    def sector_at(self, address: int) -> int:
        """Number of the sector that begins at, or contains, an address of main flash."""
        ...

    def readable(self, span: Span) -> bool:
        """Whether the ROM lets a host read there, SRAM that it uses itself excluded."""
        ...

    def writable(self, span: Span) -> bool:
        """Whether the ROM lets a host write there, SRAM that it uses itself excluded."""
        ...

    def runnable(self, address: int) -> bool:
        """Whether the ROM jumps there: main flash, SRAM."""
        ...

    def write_protect(self, sectors: Sequence[int]) -> None:
        """Protect sectors."""
        ...

    def write_unprotect(self) -> None:
        """Protect none."""
        ...

    def readout_protect(self) -> None:
        """Level 1."""
        ...

    def readout_unprotect(self) -> None:
        """Level 0: main flash is erased before it takes effect."""
        ...

    def jump(self, address: int) -> None:
        """Run the program whose vector table is at `address`."""
        ...
