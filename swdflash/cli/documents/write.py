"""Result of `write`, as the contract has it; of `verify` and `erase`, made of the same parts."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Address, Seconds, Size, address
from swdflash.cli.documents.parts import ChipResult, LinkResult, Range, Recovered, ranges
from swdflash.flashing.carry_out import Done
from swdflash.flashing.plan import Plan
from swdflash.images.load import LoadedImage


class WrittenImage(msgspec.Struct):
    """What is to be in flash."""

    files: list[str]
    bytes: Size
    segments: list[Range]
    entry: Address | None


class PlanResult(msgspec.Struct):
    """What is to be done; times are the chip's typical ones."""

    strategy: str
    erase: list[Range]
    program: list[Range]
    unchanged_bytes: Size
    kept_bytes: Size
    estimate_s: Seconds
    simulated: bool


class DoneResult(msgspec.Struct):
    """What was done, and how long it took."""

    erased_bytes: Size
    programmed_bytes: Size
    verified_bytes: Size
    seconds: Seconds
    simulated: bool


class WriteResult(msgspec.Struct):
    """`done` is null after `--dry-run`."""

    chip: ChipResult
    link: LinkResult
    image: WrittenImage
    plan: PlanResult
    done: DoneResult | None
    recovered: Recovered | None


class VerifyResult(msgspec.Struct):
    """The chip holds every byte of the image."""

    chip: ChipResult
    link: LinkResult
    image: WrittenImage
    verified_bytes: Size
    seconds: Seconds
    simulated: bool
    recovered: Recovered | None


class EraseResult(msgspec.Struct):
    """Whole sectors; `done` is null after `--dry-run`."""

    chip: ChipResult
    link: LinkResult
    erase: list[Range]
    done: DoneResult | None
    recovered: Recovered | None


def image_written(loaded: LoadedImage) -> WrittenImage:
    """The document for an image that is about to be written or verified."""
    image = loaded.image
    return WrittenImage(
        files=[str(file.path) for file in loaded.files],
        bytes=image.size,
        segments=ranges(image.spans),
        entry=None if image.entry is None else address(image.entry),
    )


def plan_result(plan: Plan, *, simulated: bool) -> PlanResult:
    """The document for a plan."""
    return PlanResult(
        strategy=plan.strategy.value,
        erase=ranges(plan.erase),
        program=ranges(plan.program),
        unchanged_bytes=plan.unchanged_bytes,
        kept_bytes=plan.kept_bytes,
        estimate_s=plan.estimate_s,
        simulated=simulated,
    )


def done_result(done: Done, *, simulated: bool) -> DoneResult:
    """The document for what was done."""
    return DoneResult(
        done.erased_bytes, done.programmed_bytes, done.verified_bytes, done.seconds, simulated
    )
