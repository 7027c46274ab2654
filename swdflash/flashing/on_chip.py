"""A debug link and a loader in the chip's RAM: together, a link that changes flash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from swdflash.chips.chip import Chip
from swdflash.events import Event
from swdflash.flashing.commands import DIGEST_BYTES_PER_S, Command, Digest, Encoder, Stream
from swdflash.flashing.loader_protocol import Loader
from swdflash.flashing.loader_run import LoaderRun
from swdflash.flashing.work_area import WORD, lay_out
from swdflash.links.base import Costs, DebugLink, Offers
from swdflash.links.over_link import OverLink
from swdflash.links.progress import Progress, phase_of
from swdflash.links.start import start_program
from swdflash.links.steps import Step
from swdflash.memory import Span


def with_loader(costs: Costs) -> Costs:
    """A debug link's costs, with digests at the speed of the chip's CRC unit."""
    return replace(costs, digest_bytes_per_s=DIGEST_BYTES_PER_S)


class OnChip(OverLink[DebugLink]):
    """A FlashLink made of a DebugLink. Takes the chip's RAM and core registers for itself.

    The core must be halted, with the clocks as after a reset; it is halted again after each verb.
    Raises `NoRoomForLoader` where the chip's RAM is too small.
    """

    def __init__(self, link: DebugLink, chip: Chip, loader: Loader) -> None:
        super().__init__(link)
        self._chip = chip
        self._loader = loader
        self._area = lay_out(chip, self._loader)
        self._encoder = Encoder(chip, self._loader.protocol)
        self._loaded = False

    @property
    def offers(self) -> Offers:
        """Of the debug link, and digests."""
        return self._link.offers | Offers.DIGESTS

    @property
    def costs(self) -> Costs:
        """Of the debug link; digests at the speed of the chip's CRC unit."""
        return with_loader(self._link.costs)

    def read(self, address: int, size: int) -> bytes:
        """Over SWD; the loader has no part in it."""
        return self._link.read(address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span, as many in one run as the ring has room for."""
        room = self._area.ring_size // (WORD * self._loader.protocol.command_words) - 1
        batches = (spans[at : at + room] for at in range(0, len(spans), room))
        return [value for batch in batches for value in self._digest_batch(batch)]

    def _digest_batch(self, spans: Sequence[Span]) -> list[int]:
        run, _ = self._start([self._encoder.encode(Digest(span)) for span in spans])
        for _ in run.follow():
            pass
        return run.results(len(spans))

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """Do the steps in one run of the loader.

        Raises `ProgramFailed`, `ChangeRefused`, `CheckFailed`, `FlashStaysBusy`, `LoaderStopped`
        or a `LinkError` at the first that fails.
        """
        if not steps:
            return
        run, stream = self._start([self._encoder.encode(step) for step in steps])
        progress = Progress(steps, self.now)
        yield from progress.add(phase_of(steps[0]), 0)
        at = 0
        for read in run.follow():
            for command, before, after in stream.between(at, read):
                yield from progress.add(command.phase, command.done(after) - command.done(before))
            at = read
            if under_way := stream.command_at(at):
                yield from progress.add(under_way.phase, 0)
        yield from progress.end()

    def run(self, address: int) -> None:
        """Start the program whose vector table is at `address`; flash's own by a reset."""
        start_program(self._link, address, self._chip.flash.start)

    def _start(self, commands: Sequence[Command]) -> tuple[LoaderRun, Stream]:
        stream = Stream(commands, self._encoder.end())
        run = LoaderRun(self._link, self._loader, self._area, stream)
        run.start(with_code=not self._loaded)
        self._loaded = True
        return run, stream
