"""An image behaves like the plain mapping from address to byte that it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.images.image import Image, Segment
from swdflash.memory import Span

SEGMENTS = st.lists(
    st.builds(Segment, st.integers(0, 60), st.binary(min_size=0, max_size=12)), max_size=6
)
SPANS = st.builds(Span, st.integers(0, 70), st.integers(0, 30))


def cells(image: Image) -> dict[int, int]:
    return {s.address + i: byte for s in image.segments for i, byte in enumerate(s.data)}


def stack(segments: list[Segment]) -> Image:
    """Segments one over the other; later ones win."""
    image = Image(())
    for segment in segments:
        image = image.overlay(Image.of(segment.address, segment.data))
    return image


@given(SEGMENTS)
def test_overlay_is_dict_update(segments: list[Segment]) -> None:
    expected: dict[int, int] = {}
    for segment in segments:
        expected |= {segment.address + i: byte for i, byte in enumerate(segment.data)}
    image = stack(segments)
    assert cells(image) == expected
    assert image.size == len(expected)


@given(SEGMENTS, SPANS)
def test_parts_are_slices_of_the_mapping(segments: list[Segment], span: Span) -> None:
    image = stack(segments)
    inside = {a: b for a, b in cells(image).items() if a in span}
    assert cells(image.within(span)) == inside
    assert image.within(span).spans == image.covered(span)
    assert image.covers(span) == (len(inside) == span.size)
    filled = bytes(inside.get(a, 0xEE) for a in range(span.start, span.end))
    assert image.read(span, fill=0xEE) == filled
    if image.covers(span):
        assert image.read(span) == filled
    else:
        with pytest.raises(ValueError, match="does not have all"):
            image.read(span)


@given(SEGMENTS, st.integers(0, 80))
def test_a_byte_is_found_in_its_segment(segments: list[Segment], address: int) -> None:
    image = stack(segments)
    segment = image.segment_at(address)
    assert (segment is not None) == (address in cells(image))
    if segment is not None:
        assert segment.data[address - segment.address] == cells(image)[address]


def test_touching_segments_are_joined_in_any_order() -> None:
    image = Image.from_segments(
        (Segment(12, b"cd"), Segment(30, b""), Segment(10, b"ab"), Segment(20, b"x")), entry=11
    )
    assert image.segments == (Segment(10, b"abcd"), Segment(20, b"x"))
    assert image.entry == 11


def test_overlapping_segments_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap at 0x0000000b"):
        Image.from_segments((Segment(10, b"ab"), Segment(11, b"b")))


@pytest.mark.parametrize(
    "segments",
    [
        (Segment(0, b""),),
        (Segment(4, b"a"), Segment(0, b"a")),
        (Segment(0, b"a"), Segment(1, b"a")),
    ],
)
def test_a_malformed_image_cannot_be_built(segments: tuple[Segment, ...]) -> None:
    with pytest.raises(ValueError, match="segments"):
        Image(segments)


def test_overlay_keeps_entry_and_files() -> None:
    under = Image.from_segments((Segment(0, b"a"),), entry=1, files=(Path("a"),))
    over = Image.from_segments((Segment(8, b"b"),), files=(Path("b"),))
    assert under.overlay(over).entry == 1
    assert under.overlay(over).files == (Path("b"), Path("a"))
