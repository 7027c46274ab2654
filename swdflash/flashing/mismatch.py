"""Where flash differs from what it should hold, and what that looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swdflash.flashing.errors import VerifyFailed
from swdflash.memory import Span


@dataclass(frozen=True)
class Compared:
    """A span, what it should hold and what it holds."""

    span: Span
    expected: bytes
    got: bytes

    def differences(self) -> list[int]:
        """Offsets of the bytes that differ."""
        if self.expected == self.got:
            return []
        pairs = zip(self.expected, self.got, strict=True)
        return [at for at, (expected, got) in enumerate(pairs) if expected != got]


def verify_failed(compared: Sequence[Compared], erased: int) -> VerifyFailed | None:
    """The error for the first difference; None where all is as it should be."""
    wrong = [(item, item.differences()) for item in compared]
    wrong = [(item, offsets) for item, offsets in wrong if offsets]
    if not wrong:
        return None
    first, offsets = wrong[0]
    return VerifyFailed(
        address=first.span.start + offsets[0],
        count=sum(len(offsets) for _, offsets in wrong),
        expected=first.expected[offsets[0]],
        got=first.got[offsets[0]],
        cause=likely_cause(wrong, erased),
    )


def likely_cause(wrong: Sequence[tuple[Compared, Sequence[int]]], erased: int) -> str:
    """What the pattern of the differences points to."""
    pairs = [(item.expected[at], item.got[at]) for item, offsets in wrong for at in offsets]
    if all(got == erased for _, got in pairs):
        return "the differing bytes are erased: they were not programmed, or erased since"
    if _every_second_page(wrong):
        return "every second KiB differs: the chip's pages are smaller than they were taken for"
    raised = any(got & ~expected for expected, got in pairs)
    lowered = any(expected & ~got for expected, got in pairs)
    if lowered and not raised:
        return "bits read 0 that should read 1: not fully erased before, or worn out"
    if raised and not lowered:
        return "bits read 1 that should read 0: not fully programmed; the supply may have dipped"
    return "the bytes are others altogether: another image, or written by the firmware itself"


def _every_second_page(wrong: Sequence[tuple[Compared, Sequence[int]]]) -> bool:
    """Whether differences lie in odd KiB only, and in more than one of them."""
    pages = {(item.span.start + at) // 1024 for item, offsets in wrong for at in offsets}
    return len(pages) > 1 and all(page % 2 for page in pages)
