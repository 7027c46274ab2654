"""A RomLink onto a flash model: a ROM without checksums, over a wire as slow as a UART."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from swdflash.chips.chip import Chip
from swdflash.links.base import Costs, FlashLink, LinkInfo, Offers, RomAbout
from swdflash.links.errors import TransferFault
from swdflash.memory import Span
from tests.fakes.flash_model import FlashModel

SLOW = Costs(round_trip_s=2e-3, bytes_per_s=10e3, digest_bytes_per_s=10e3)
UART = RomAbout("AN3155", "2.2", 0x410, (), None, protected=False)


class SlowFlash(FlashModel):
    """A flash model whose digests have to be read out; `reads` are the spans that were."""

    def __init__(self, chip: Chip, data: bytes) -> None:
        super().__init__(chip, data)
        self.reads: list[Span] = []
        self.ran: list[int] = []

    @property
    def offers(self) -> Offers:
        return Offers.NOTHING

    @property
    def costs(self) -> Costs:
        return SLOW

    def read(self, address: int, size: int) -> bytes:
        self.reads.append(Span(address, size))
        return super().read(address, size)

    def run(self, address: int) -> None:
        self.ran.append(address)


class FakeRom:
    """A ROM that says `about`; memory beside flash is `memory`, by address.

    It is gone once its flash was told to run, if it is `obedient`.
    """

    info = LinkInfo("uart:/dev/fake", "uart", "fake", 115_200)
    offers = Offers.NOTHING
    costs = SLOW

    def __init__(self, flash: FlashModel, about: RomAbout = UART) -> None:
        self.flash = flash
        self.about = about
        self.memory: dict[int, bytes] = {}
        self.stays = False
        self.obedient = True
        self.after_unprotect: Callable[[], RomAbout] = lambda: self.about

    def read(self, address: int, size: int) -> bytes:
        span = Span(address, size)
        if self.about.protected:
            raise TransferFault(address, "the ROM refuses it")
        for start, data in self.memory.items():
            if Span(start, len(data)).covers(span):
                return data[address - start : address - start + size]
        if self.flash.chip.flash.span.covers(span):
            return self.flash.read(address, size)
        raise TransferFault(address, "the ROM refuses it")

    def flash_link(self, chip: Chip) -> FlashLink:
        return self.flash

    def unprotect(self, chip: Chip) -> None:
        self.flash.data[:] = b"\xff" * len(self.flash.data)
        self.about = self.after_unprotect()

    def stay(self, *, wanted: bool = True) -> None:
        self.stays = wanted

    def answers(self, chip: Chip) -> bool:
        return not (self.obedient and isinstance(self.flash, SlowFlash) and self.flash.ran)

    def now(self) -> float:
        return self.flash.now()

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
