"""Whether an image suits a chip; asked before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from swdflash.errors import every_error
from swdflash.events import Noted
from swdflash.images.cores import BEFORE_M_PROFILE, CORES
from swdflash.images.errors import ElfHeadersInFlash, ImageError
from swdflash.images.image import Image, Segment
from swdflash.images.load import FileFacts, LoadedImage
from swdflash.images.misfits import (
    DataInRam,
    ElfHardFloat,
    ElfOtherCore,
    ElfOtherMachine,
    ImageInRam,
    ImageTooLong,
    OutsideFlash,
    Uf2OtherFamily,
    VectorReset,
    VectorStack,
    VectorThumb,
)
from swdflash.images.uf2 import FAMILIES, family_name
from swdflash.images.vectors import looks_like_vectors
from swdflash.memory import Span

Finding = ImageError | Noted


@dataclass(frozen=True)
class ChipFacts:
    """As much of a chip as an image can contradict."""

    name: str
    core: str  # "Cortex-M3"
    flash: Span
    sram: tuple[Span, ...]
    family: str | None = None  # "STM32F1"; None: not to be compared
    larger_twin: str | None = None  # advice for an image that is too long


def fit_image(loaded: LoadedImage, facts: ChipFacts, force: Set[str] = frozenset()) -> LoadedImage:
    """The image as it is to be written to this chip, with every note worth showing.

    An image linked for address 0, where the chip shows its flash when it boots from it (RM0008
    §3.4), is moved to flash. Raises the first ImageError that `force` does not name.
    """
    notes = refuse(check_image(loaded, facts), force)
    return replace(loaded, image=at_flash(loaded.image, facts.flash), notes=loaded.notes + notes)


def refuse(findings: Sequence[Finding], force: Set[str] = frozenset()) -> tuple[Noted, ...]:
    """Raise the first error that is not both forcible and named; forced ones become notes."""
    for finding in findings:
        if isinstance(finding, ImageError) and not (finding.forcible and finding.code in force):
            raise finding
    return tuple(
        Noted(f.code, f"forced: {f}") if isinstance(f, ImageError) else f for f in findings
    )


def forcible_codes() -> tuple[str, ...]:
    """What `--force` can name."""
    kinds = every_error().items()
    return tuple(c for c, kind in kinds if issubclass(kind, ImageError) and kind.forcible)


def check_image(loaded: LoadedImage, facts: ChipFacts) -> list[Finding]:
    """Everything that speaks against the image, the most telling first."""
    image = at_flash(loaded.image, facts.flash)
    findings = [f for file in loaded.files for f in _check_file(file, facts)]
    findings += _check_place(loaded, image, facts)
    if not any(isinstance(f, ImageError) and not f.forcible for f in findings):
        first = Span(max(image.spans[0].start, facts.flash.start), 1)
        findings += _check_start(loaded.name_at(first), image, facts)
    return findings


def at_flash(image: Image, flash: Span) -> Image:
    """The image with bytes linked for the alias at 0 moved to flash; as it is if they collide."""
    alias = Span(0, flash.size)
    if not any(alias.covers(span) for span in image.spans):
        return image
    moved = [
        Segment(s.address + flash.start, s.data) if alias.covers(s.span) else s
        for s in image.segments
    ]
    try:
        return Image.from_segments(moved, entry=image.entry, files=image.files)
    except ValueError:
        return image


def _check_file(file: FileFacts, facts: ChipFacts) -> Iterator[Finding]:
    name = str(file.path)
    if file.elf is not None:
        yield from _check_machine(name, file, facts)
    if file.uf2_family is not None and facts.family is not None:
        family = family_name(file.uf2_family)
        if file.uf2_family not in FAMILIES:
            text = f"{name} is for the UF2 family {family}, which is not known here"
            yield Noted("uf2-unknown-family", text)
        elif not family.startswith(facts.family):
            yield Uf2OtherFamily(name, facts.name, family)


def _check_machine(name: str, file: FileFacts, facts: ChipFacts) -> Iterator[Finding]:
    elf, core = file.elf, CORES.get(facts.core)
    assert elf is not None
    if (elf.machine, elf.bits, elf.little_endian) != ("ARM", 32, True):
        order = "little" if elf.little_endian else "big"
        machine = f"{elf.machine} ({elf.bits} bits, {order}-endian)"
        yield ElfOtherMachine(name, facts.name, facts.core, machine)
        return
    if core is None:
        return
    if elf.arch is not None and elf.arch not in core.arches | BEFORE_M_PROFILE:
        yield ElfOtherCore(name, facts.name, facts.core, core.option, elf.arch)
    elif (elf.hard_float or elf.fpu) and not core.fpu:
        how = "with -mfloat-abi=hard" if elf.hard_float else "with an -mfpu option"
        yield ElfHardFloat(name, facts.name, facts.core, how)


def _check_place(loaded: LoadedImage, image: Image, facts: ChipFacts) -> Iterator[Finding]:
    """Where bytes lie that are not in flash, and the ELF headers that should not be."""
    in_ram = [piece for ram in facts.sram for piece in image.covered(ram)]
    if in_ram and sum(piece.size for piece in in_ram) == image.size:
        yield ImageInRam(loaded.name, in_ram[0].start, in_ram[-1].end)
        return
    for file in loaded.files:
        if file.elf and file.elf.headers:
            yield ElfHeadersInFlash(str(file.path), file.elf.headers.start)
    if in_ram:
        count = sum(piece.size for piece in in_ram)
        yield DataInRam(loaded.name_at(in_ram[0]), in_ram[0].start, count)
    yield from _check_flash(loaded, image, facts)
    if image is not loaded.image:
        name = loaded.name_at(Span(0, facts.flash.size))
        text = f"{name} is linked for 0x00000000, where the chip shows its flash: "
        yield Noted("linked-at-zero", text + f"written to {facts.flash.start:#010x}")


def _check_flash(loaded: LoadedImage, image: Image, facts: ChipFacts) -> Iterator[Finding]:
    flash = facts.flash
    beside = [
        piece
        for span in image.spans
        if not any(ram.covers(span) for ram in facts.sram)
        for piece in _outside(span, flash)
    ]
    if not beside:
        return
    past = [piece for piece in beside if _runs_on(piece, image, flash)]
    pieces = past or beside
    count, start, end = sum(piece.size for piece in pieces), pieces[0].start, pieces[-1].end
    name = loaded.name_at(pieces[0])
    if past:
        hint = facts.larger_twin or "ask the chip for its flash size: `swdflash info`"
        yield ImageTooLong(name, facts.name, count, end, flash.end, flash.size // 1024, hint)
    else:
        yield OutsideFlash(name, facts.name, count, start, end, flash.start, flash.end)


def _outside(span: Span, flash: Span) -> Iterator[Span]:
    """The parts of `span` before and behind flash."""
    if span.start < flash.start:
        yield Span(span.start, min(span.end, flash.start) - span.start)
    if span.end > flash.end:
        start = max(span.start, flash.end)
        yield Span(start, span.end - start)


def _runs_on(piece: Span, image: Image, flash: Span) -> bool:
    """Whether the piece lies behind a flash that the image uses, as a larger chip's would."""
    behind = Span(flash.end, max(flash.size, 0x10_0000))
    return piece.start == flash.end or (behind.covers(piece) and bool(image.covered(flash)))


def _check_start(name: str, image: Image, facts: ChipFacts) -> Iterator[Finding]:
    """The vector table, where the image has one to start from."""
    flash = facts.flash
    if image.segment_at(flash.start) is not None:
        yield from _check_vectors(name, image, facts)
        return
    first = image.segments[0].address
    offset = f"{(first - flash.start) / 1024:g} KiB into flash"
    if looks_like_vectors(image, first):
        text = (
            f"{name} starts at {first:#010x}, {offset}: it runs only if a bootloader at "
            f"{flash.start:#010x} jumps there"
        )
        yield Noted("linked-with-offset", text)
    else:
        text = f"{name} goes to {first:#010x}, {offset}, without a vector table: taken as data"
        yield Noted("no-vector-table", text)


def _check_vectors(name: str, image: Image, facts: ChipFacts) -> Iterator[Finding]:
    flash = facts.flash
    words = image.read(Span(flash.start, 8), fill=0xFF)
    sp, reset = (int.from_bytes(words[i : i + 4], "little") for i in (0, 4))
    # The stack grows down from sp: the end of RAM is the usual value, its start is not.
    if not any(ram.start < sp <= ram.end for ram in facts.sram):
        yield VectorStack(name, flash.start, sp, "not in RAM", ", ".join(map(str, facts.sram)))
    elif sp % 4:
        fault = "not a multiple of 4"
        yield VectorStack(name, flash.start, sp, fault, ", ".join(map(str, facts.sram)))
    code = reset & ~1
    if code < flash.size:
        code += flash.start  # seen through the alias at 0
    if code not in flash:
        yield VectorReset(name, flash.start + 4, reset, "outside flash")
    elif image.segment_at(code) is None:
        yield VectorReset(name, flash.start + 4, reset, "not in this image")
    elif reset % 2 == 0:
        yield VectorThumb(name, reset)
