"""A plan's steps cut and joined to the commands that OpenOCD is given: a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from swdflash.events import Phase
from swdflash.links.progress import phase_of, size_of
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span

# What one command does: starting OpenOCD's own loader is little beside it, and progress is still
# told about twice a second.
PROGRAM_BYTES = 16 * 1024
ERASE_SECTORS = 8
# Erased bytes between two pieces are programmed as such where that is faster than a new command.
LONGEST_GAP = 512


@dataclass(frozen=True)
class Job:
    """One command: `size` bytes of the plan's work in `span`, which may hold a gap or two."""

    phase: Phase
    span: Span
    size: int
    data: bytes = field(default=b"", repr=False)
    digest: int = 0


def jobs(steps: Sequence[Step], erased_byte: int, most_bytes: int = PROGRAM_BYTES) -> Iterator[Job]:
    """The commands, in the order of the steps; none programs more than `most_bytes`."""
    most_bytes = min(most_bytes, PROGRAM_BYTES)
    erased: list[Span] = []  # by the steps so far: only there is a gap known to be blank
    job: Job | None = None
    for step in steps:
        if isinstance(step, Erase | MassErase):
            erased.append(_span(step))
        for piece in _pieces(step, most_bytes):
            joined = _join(job, piece, erased, erased_byte, most_bytes) if job else None
            if job and not joined:
                yield job
            job = joined or piece
    if job:
        yield job


def _span(step: Step) -> Span:
    match step:
        case Erase(span) | MassErase(span) | Check(span):
            return span
        case Program():
            return step.span


def _pieces(step: Step, most_bytes: int) -> Iterator[Job]:
    span = _span(step)
    if not isinstance(step, Program):
        digest = step.digest if isinstance(step, Check) else 0
        yield Job(phase_of(step), span, size_of(step), digest=digest)
        return
    for at in range(0, len(step.data), most_bytes):
        data = step.data[at : at + most_bytes]
        yield Job(Phase.PROGRAM, Span(step.address + at, len(data)), len(data), data)


def _join(
    job: Job, piece: Job, erased: Sequence[Span], erased_byte: int, most_bytes: int
) -> Job | None:
    """Both as one, or None."""
    gap = Span(job.span.end, piece.span.start - job.span.end)
    span = Span(job.span.start, piece.span.end - job.span.start)
    both = replace(job, span=span, size=job.size + piece.size)
    if job.phase is not piece.phase or gap.size < 0:
        return None
    if job.phase is Phase.ERASE:
        return both if gap.size == 0 and span.size <= ERASE_SECTORS * piece.span.size else None
    if job.phase is not Phase.PROGRAM or span.size > most_bytes or gap.size > LONGEST_GAP:
        return None
    if gap.size and not _blank(gap, erased):
        return None
    return replace(both, data=job.data + bytes([erased_byte]) * gap.size + piece.data)


def _blank(gap: Span, erased: Sequence[Span]) -> bool:
    """Whether every byte of the gap was erased."""
    covered = sum(part.size for each in erased if (part := each.overlap(gap)))
    return covered == gap.size
