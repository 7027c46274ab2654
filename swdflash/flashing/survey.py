"""Finding out what is on a chip, as far as a plan needs to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from swdflash.chips.chip import Bank, Chip
from swdflash.flashing.by_comparing import compare
from swdflash.flashing.contents import Contents
from swdflash.flashing.plan import EraseMode, PlanOptions, check_in_flash, touched
from swdflash.images.image import Image
from swdflash.links.base import Costs, Offers
from swdflash.memory import Span


class Surveyed(Protocol):
    """As much of a FlashLink as a survey needs."""

    @property
    def offers(self) -> Offers:
        """Whether digests are to be had without reading."""
        ...

    @property
    def costs(self) -> Costs:
        """What asking costs."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Bytes as they are now."""
        ...

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span."""
        ...


def survey(
    link: Surveyed,
    chip: Chip,
    image: Image,
    options: PlanOptions,
    journalled: Sequence[Span] = (),
) -> Contents:
    """What `make_plan` needs to know, with one call for all digests.

    Sectors that the image covers in part are read, and so are those of a journal; those covered as
    a whole are digested, or compared where the link has no digests, and the rest of a bank is
    digested where erasing it at once could pay.
    """
    check_in_flash(image, chip)
    if options.erase is EraseMode.CHIP:
        return _before_erasing_all(link, chip)
    sectors = touched(chip.flash.sectors, image)
    partly = [sector for sector in sectors if not image.covers(sector)]
    owed = [sector for sector in chip.flash.sectors if sector in journalled]
    read = sorted({*partly, *(sector for sector in owed if not image.covers(sector))})
    wholly = set(sectors) - set(read)
    others = [
        sector
        for bank in chip.flash.banks
        for sector in _worth_knowing(bank, chip, wholly, read, link)
    ]
    if Offers.DIGESTS in link.offers:
        return Contents(_digests(link, sorted({*wholly, *others})), _read(link, read))
    compared = compare(link, chip.flash, {sector: image.read(sector) for sector in sorted(wholly)})
    digests = {**compared.digests, **_digests(link, sorted(others))}
    return Contents(digests, _read(link, read), compared.differing)


def _before_erasing_all(link: Surveyed, chip: Chip) -> Contents:
    """What is there is lost whatever it is; only asking the chip itself is cheap enough."""
    sectors = chip.flash.sectors
    if Offers.DIGESTS in link.offers:
        return Contents(_digests(link, sectors))
    return Contents(differing=frozenset(sectors))


def _worth_knowing(
    bank: Bank, chip: Chip, wholly: set[Span], read: Sequence[Span], link: Surveyed
) -> list[Span]:
    """The bank's other sectors, if erasing all of it can save more time than asking costs."""
    flash = chip.flash
    to_erase = [sector for sector in bank.sectors if sector in wholly or sector in read]
    others = [sector for sector in bank.sectors if sector not in wholly and sector not in read]
    saved = sum(flash.erase_time(sector).typ for sector in to_erase) - flash.mass_erase.typ
    asking = sum(sector.size for sector in others) / link.costs.digest_bytes_per_s
    return others if asking < saved else []


def _digests(link: Surveyed, sectors: Sequence[Span]) -> dict[Span, int]:
    return dict(zip(sectors, link.digests(sectors), strict=True)) if sectors else {}


def _read(link: Surveyed, spans: Iterable[Span]) -> dict[Span, bytes]:
    return {span: link.read(span.start, span.size) for span in spans}
