"""Firmware files, with and without a chip to hold them against."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from swdflash.chips.chip import Chip
from swdflash.chips.data import known_chips
from swdflash.images.check import ChipFacts, fit_image
from swdflash.images.load import LoadedImage, load_image
from swdflash.images.source import Source, parse_source

LINE = len("STM32F103")
FLASH_START = 0x0800_0000  # where every STM32 has its main flash (RM0008 §3.3.3)


def read_image(*files: str | Path, address: int | None = None) -> LoadedImage:
    """Read firmware files into one image; a file may be given as `data.bin@0x0800F000`.

    `address` is where files without an address of their own go. Raises ImageError kinds.
    """
    sources = [parse_source(str(file)) for file in files]
    if address is not None:
        sources = [_at(source, address) for source in sources]
    return load_image(sources, bin_address=FLASH_START)


def files_of(images: Sequence[str | Path]) -> list[Path]:
    """The files that `read_image` would read, without their `@ADDRESS`."""
    return [parse_source(str(image)).path for image in images]


def check_image(loaded: LoadedImage, chip: Chip, *, force: Collection[str] = ()) -> LoadedImage:
    """The image as it would be written to this chip, with all notes.

    Raises the first ImageError that `force` does not name.
    """
    return fit_image(loaded, _facts(chip), frozenset(force))


def _at(source: Source, address: int) -> Source:
    return source if source.address is not None else replace(source, address=address)


def _facts(chip: Chip) -> ChipFacts:
    return ChipFacts(
        name=chip.name,
        core=chip.core,
        flash=chip.flash.span,
        sram=chip.sram,
        family=chip.family,
        larger_twin=_larger_twin(chip),
    )


def _larger_twin(chip: Chip) -> str | None:
    """Advice where the same line is sold with more flash."""
    larger = [
        each.name
        for each in known_chips()
        if each.name[:LINE] == chip.name[:LINE] and each.flash.end > chip.flash.end
    ]
    if not larger:
        return None
    return f"if your part is a {larger[0]}, say so with `--chip {larger[0]}`"
