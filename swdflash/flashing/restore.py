"""Which bytes an interrupted write still owes the chip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from swdflash.chips.chip import Flash
from swdflash.flashing.contents import Contents
from swdflash.flashing.plan import NO_BYTES, KeptSector
from swdflash.images.image import Image, Segment
from swdflash.memory import Span


@dataclass(frozen=True)
class Restoration:
    """`owed` goes back to the chip; `foreign` are sectors that somebody wrote to since."""

    owed: Image = NO_BYTES
    foreign: tuple[Span, ...] = ()


def restoration(
    kept: Iterable[KeptSector], image: Image, contents: Contents, flash: Flash
) -> Restoration:
    """What of an interrupted write's kept bytes to put back.

    Only where the chip holds what the interruption can have left: every unit is on its way from
    the old content to erased (an erase only raises bits), or from erased to the final content (a
    program only lowers them). Sectors that `image` covers are passed over: its bytes win.
    """
    owed: list[Segment] = []
    foreign: list[Span] = []
    for item in kept:
        if image.covers(item.sector):
            continue
        now = contents.data.get(item.sector)  # None: no sector of this chip
        if now is not None and _left_by_interruption(now, item, flash):
            owed += [_segment(item, span) for span in item.kept]
        else:
            foreign.append(item.sector)
    return Restoration(Image.from_segments(owed), tuple(foreign))


def _segment(item: KeptSector, span: Span) -> Segment:
    at = span.start - item.sector.start
    return Segment(span.start, item.final[at : at + span.size])


def _left_by_interruption(now: bytes, item: KeptSector, flash: Flash) -> bool:
    """Whether each unit lies between the old or the final content and erased."""
    inverted = flash.erased == 0  # there, erasing lowers bits and programming raises them
    units = (_units(data, flash.unit) for data in (now, item.old, item.final))
    return all(
        _covers(unit, old, inverted) or _covers(unit, final, inverted)
        for unit, old, final in zip(*units, strict=True)
    )


def _units(data: bytes, size: int) -> list[int]:
    return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]


def _covers(unit: int, content: int, inverted: bool) -> bool:
    """Whether every bit that is erased in `content` is erased in `unit`, too."""
    return unit & content == unit if inverted else unit & content == content
