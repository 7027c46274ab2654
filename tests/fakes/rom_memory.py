"""Memory as a ROM sees it, without a chip: four sectors of flash and a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swdflash.memory import Span
from swdflash.sim.chip.rom.memory import NotAllowed
from swdflash.sim.clock import PS_PER_S, Clock

FLASH = Span(0x0800_0000, 4 * 0x4000)
SECTOR = 0x4000
SECTOR_S, BYTE_S, MASS_S = 0.25, 16e-6, 8.0


class PlainRomMemory:
    """A `RomMemory`. `jumped` is where it went; `on_reset` is called where a chip would reset."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.flash = bytearray(b"\xff" * FLASH.size)
        self.protected = False
        self.jumped: list[int] = []
        self.on_reset: Callable[[], None] = lambda: None
        self.on_jump: Callable[[], None] = lambda: None

    def read(self, address: int, size: int) -> bytes:
        at = self._offset(Span(address, size))
        return bytes(self.flash[at : at + size])

    def write(self, address: int, data: bytes) -> None:
        at = self._offset(Span(address, len(data)))
        self.flash[at : at + len(data)] = data
        self._take(len(data) * BYTE_S)

    def erase(self, sectors: Sequence[int]) -> None:
        for sector in sectors:
            self._take(SECTOR_S)
            self.flash[sector * SECTOR : (sector + 1) * SECTOR] = b"\xff" * SECTOR

    def mass_erase(self, bank: int | None = None) -> None:
        self._take(MASS_S)
        self.flash[:] = b"\xff" * FLASH.size

    def sector_at(self, address: int) -> int:
        return self._offset(Span(address, 1)) // SECTOR

    def readable(self, span: Span) -> bool:
        return FLASH.covers(span)

    def writable(self, span: Span) -> bool:
        return FLASH.covers(span)

    def runnable(self, address: int) -> bool:
        return address in FLASH

    def write_protect(self, sectors: Sequence[int]) -> None:
        self.on_reset()

    def write_unprotect(self) -> None:
        self.on_reset()

    def readout_protect(self) -> None:
        self.protected = True
        self.on_reset()

    def readout_unprotect(self) -> None:
        self.mass_erase()
        self.protected = False
        self.on_reset()

    def jump(self, address: int) -> None:
        if address not in FLASH:
            raise NotAllowed
        self.jumped.append(address)
        self.on_jump()

    def _offset(self, span: Span) -> int:
        if not FLASH.covers(span):
            raise NotAllowed
        return span.start - FLASH.start

    def _take(self, seconds: float) -> None:
        self.clock.now_ps += round(seconds * PS_PER_S)
