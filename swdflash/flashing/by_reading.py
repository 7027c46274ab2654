"""Looking at a chip without touching more than its memory: the core goes on as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swdflash.events import Listener, Phase, PhaseEnded, PhaseStarted, Progressed, ignore
from swdflash.links.base import Costs, DebugLink, Offers, RomLink
from swdflash.links.digest import digest
from swdflash.memory import Span

CHUNK = 4096  # of what is read at once; progress is told after each


class ByReading:
    """What a survey asks of a link, answered over SWD alone.

    `costs` are those of the flash link all the same: a plan made from here is the one that it would
    make.
    """

    def __init__(self, link: DebugLink, costs: Costs) -> None:
        self._link = link
        self._costs = costs

    @property
    def offers(self) -> Offers:
        """Digests, computed here."""
        return Offers.DIGESTS

    @property
    def costs(self) -> Costs:
        """Of the link that would change flash."""
        return self._costs

    def read(self, address: int, size: int) -> bytes:
        """Bytes as they are now."""
        return self._link.read(address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """Computed here, from what is read."""
        return [digest(self._link.read(span.start, span.size)) for span in spans]


def read_spans(
    link: DebugLink | RomLink, spans: Sequence[Span], phase: Phase, listen: Listener = ignore
) -> list[bytes]:
    """The bytes of each span, with progress."""
    started = link.now()
    listen(PhaseStarted(phase, sum(span.size for span in spans)))
    done = 0
    contents: list[bytes] = []
    for span in spans:
        parts: list[bytes] = []
        for chunk in chunks(span):
            parts.append(link.read(chunk.start, chunk.size))
            done += chunk.size
            listen(Progressed(phase, done, link.now() - started))
        contents.append(b"".join(parts))
    listen(PhaseEnded(phase, link.now() - started))
    return contents


def chunks(span: Span) -> Iterator[Span]:
    """The span in pieces that end on multiples of `CHUNK`."""
    at = span.start
    while at < span.end:
        end = min(span.end, (at // CHUNK + 1) * CHUNK)
        yield Span(at, end - at)
        at = end
