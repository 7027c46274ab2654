"""A write with bytes to keep, and what must be true after it was cut off and given again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from swdflash.memory import Span
from tests.faults.bench import Bench, Memory, Outcome, command
from tests.faults.luck import Kind, powerless_from, struck

FLASH = 0x0800_0000
COMPLETE = "everything is programmed, not all of it is verified"
FINISHED = "everything is programmed and verified, only the reset is missing"
PARTLY = re.compile(
    r"(?:at least (\d+) of (\d+) bytes were erased, and )?"
    r"at least (\d+) of (\d+) bytes were programmed"
)
KEPT = re.compile(r"(\d+) bytes to be kept are safe in the journal")


@dataclass(frozen=True)
class Piece:
    """Bytes for a place in flash."""

    address: int
    data: bytes

    @property
    def span(self) -> Span:
        """Where."""
        return Span(self.address, len(self.data))

    def on(self, flash: bytes) -> bytes:
        """Flash with the piece in it."""
        at = self.address - FLASH
        return flash[:at] + self.data + flash[at + len(self.data) :]


@dataclass
class Scene:
    """A board that holds something, an image over parts of its pages, and another image.

    What a command does depends on nothing but the board's memory and the journals: where two
    interruptions leave the same, the command after them is tried once.
    """

    bench: Bench
    held: bytes
    image: Piece
    other: Piece
    before: Memory = field(init=False)
    finished: set[tuple[bytes, str]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.before = self.bench.fill(self.held)
        folder = self.bench.state.parent
        (folder / "image.bin").write_bytes(self.image.data)
        (folder / "other.bin").write_bytes(self.other.data)

    def write(self) -> Outcome:
        """The command that is cut off."""
        return self._write("image.bin", self.image)

    def write_other(self) -> Outcome:
        """A command that knows nothing of the first."""
        return self._write("other.bin", self.other)

    def _write(self, file: str, piece: Piece) -> Outcome:
        return command(*self.argv(file, piece))

    def argv(self, file: str, piece: Piece) -> tuple[str, ...]:
        """The command line of a write."""
        return ("write", f"{file}@{piece.address:#x}", "--via", self.bench.via, "--json")

    def rewind(self) -> None:
        """As it was before the first command."""
        self.bench.memory = self.before

    # What must be true

    def cut_off(self, kind: Kind, transfer: int) -> Outcome | None:
        """Cut the write off at a transfer, and see that it can be gone on from there."""
        return self._gone_on_from(lambda: struck(kind, transfer, self.write))

    def without_power_from(self, instant_ps: int) -> Outcome:
        """Take the supply away at an instant of the write, and see the same."""
        outcome = self._gone_on_from(lambda: powerless_from(instant_ps, self.write))
        assert outcome is not None
        return outcome

    def _gone_on_from(self, cut: Callable[[], Outcome | None]) -> Outcome | None:
        self.rewind()
        outcome = cut()
        left = self.bench.memory
        self.must_go_on()
        self.bench.memory = left
        return outcome

    def must_tell_the_truth(self, outcome: Outcome) -> None:
        """What a command says of the flash at its end is how it is; nothing said: untouched."""
        if outcome.exit == 0:
            assert self.bench.memory.flash == self.image.on(self.before.flash)
            assert not self.bench.memory.journals
        else:
            self._must_be_true(outcome.error["why"])

    def must_go_on(self) -> None:
        """From what an interruption left, the same command and another one lose nothing."""
        left = self.bench.memory
        self.must_have_touched_only(self.image, left)
        if (left.digest, "same") not in self.finished:
            self.must_finish(left)
            self.finished.add((left.digest, "same"))
        if (left.digest, "other") not in self.finished:
            self.must_finish_with_another_image(left)
            self.finished.add((left.digest, "other"))

    def must_finish(self, left: Memory) -> None:
        """The same command again: the image is in place, and every other byte as it was."""
        self.bench.memory = left
        again = self.write()
        assert again.exit == 0, again.out
        now = self.bench.memory
        assert now.flash == self.image.on(self.before.flash)
        assert now.options == self.before.options
        assert not now.journals
        self.must_have_touched_only(self.image, now)

    def must_finish_with_another_image(self, left: Memory) -> None:
        """Another image: it is in place, and what the first write kept is as it was."""
        self.bench.memory = left
        again = self.write_other()
        assert again.exit == 0, again.out
        now = self.bench.memory
        assert not now.journals
        wanted = self.other.on(self.before.flash)
        first = self.image.span
        for at, (got, want) in enumerate(zip(now.flash, wanted, strict=True)):
            address = FLASH + at
            inside = address in first and address not in self.other.span
            assert got == want or inside, f"{address:#010x} was lost"

    def must_have_touched_only(self, piece: Piece, now: Memory) -> None:
        """No page was erased, and no byte changed, in which the piece has no part."""
        sectors = self.bench.chip.flash.sectors
        mine = {index for index, sector in enumerate(sectors) if sector.overlap(piece.span)}
        assert now.erased_since(self.before) <= mine
        for index, sector in enumerate(sectors):
            part = slice(sector.start - FLASH, sector.end - FLASH)
            assert index in mine or now.flash[part] == self.before.flash[part]

    def _must_be_true(self, words: str) -> None:
        now, done = self.bench.memory, self.image.on(self.before.flash)
        if kept := KEPT.search(words):
            assert now.journals
            assert int(kept[1]) == self._beside(self.before.flash)
        if COMPLETE in words or FINISHED in words:
            assert now.flash == done
        elif partly := PARTLY.search(words):
            self._must_be_at_least(*(int(number or 0) for number in partly.groups()))
        else:
            assert now == self.before, words

    def _must_be_at_least(self, erased: int, to_erase: int, programmed: int, total: int) -> None:
        now, done = self.bench.memory, self.image.on(self.before.flash)
        pages = self._pages
        assert erased <= to_erase
        assert programmed <= total <= pages.size
        page = pages.size // len(self._touched)
        assert len(now.erased_since(self.before)) * page >= erased
        own = slice(pages.start - FLASH, pages.end - FLASH)
        if total == pages.size:  # from the first byte to the last
            own = slice(own.start, own.start + programmed)
        done_of = zip(now.flash[own], done[own], strict=True)
        assert sum(is_ == to_be for is_, to_be in done_of) >= programmed

    @property
    def _touched(self) -> list[Span]:
        sectors = self.bench.chip.flash.sectors
        return [sector for sector in sectors if sector.overlap(self.image.span)]

    @property
    def _pages(self) -> Span:
        first, last = self._touched[0], self._touched[-1]
        return Span(first.start, last.end - first.start)

    def _beside(self, flash: bytes) -> int:
        """How many bytes in the image's pages, but not its own, are not erased already."""
        pages, own = self._pages, self.image.span
        front = flash[pages.start - FLASH : own.start - FLASH]
        back = flash[own.end - FLASH : pages.end - FLASH]
        return sum(byte != 0xFF for byte in front + back)


def random_bytes(seed: int, size: int) -> bytes:
    """The same for a seed every time."""
    return random.Random(seed).randbytes(size)
