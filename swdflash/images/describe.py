"""An image in facts, for people who have no chip at hand."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.events import Noted
from swdflash.images.flash_map import flash_map
from swdflash.images.load import FileFacts, LoadedImage
from swdflash.images.vectors import VectorTable, looks_like_vectors, vectors_at
from swdflash.memory import Span

_CELL = 1024  # bytes: the smallest page of an STM32F1
_ROW = 64 * _CELL
_MAX_MAP = 4 * 1024 * 1024  # the largest flash of an STM32


@dataclass(frozen=True)
class ImageFacts:
    """What an image holds."""

    files: tuple[FileFacts, ...]
    size: int
    segments: tuple[Span, ...]
    entry: int | None
    vectors: VectorTable | None
    flash_map: str  # 1 KiB a cell
    notes: tuple[Noted, ...]


def describe_image(loaded: LoadedImage) -> ImageFacts:
    """Segments, entry, vector table, build notes (in `files[].elf`) and a picture."""
    image = loaded.image
    starts = [span.start for span in image.spans if looks_like_vectors(image, span.start)]
    return ImageFacts(
        files=loaded.files,
        size=image.size,
        segments=image.spans,
        entry=image.entry,
        vectors=vectors_at(image, starts[0]) if starts else None,
        flash_map=_draw(image.spans),
        notes=loaded.notes,
    )


def _draw(spans: tuple[Span, ...]) -> str:
    """Whole rows of 64 KiB from the first byte on, as far as one chip's flash can reach."""
    start = spans[0].start // _ROW * _ROW
    end = max(span.end for span in spans if span.end <= start + _MAX_MAP or span is spans[0])
    end = min(start + _MAX_MAP, -(-end // _ROW) * _ROW)
    sectors = [Span(at, _CELL) for at in range(start, end, _CELL)]
    return flash_map(spans, Span(start, end - start), sectors)
