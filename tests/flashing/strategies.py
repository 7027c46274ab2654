"""Random small chips, what is on them, and images that partly agree with it."""

from __future__ import annotations

from hypothesis import strategies as st

from swdflash.chips.chip import Chip
from swdflash.images.image import Image, Segment
from tests.fakes.flash_model import small_chip

SECTOR = 32


def chips() -> st.SearchStrategy[Chip]:
    """One bank or two; erases that cost little beside programming, or much."""
    return st.builds(
        small_chip,
        sectors=st.sampled_from([2, 4, 6]),
        size=st.just(SECTOR),
        banks=st.sampled_from([1, 2]),
        erase_s=st.sampled_from([1e-6, 0.03, 1.0]),
    )


def _sectors() -> st.SearchStrategy[bytes]:
    """A sector's bytes: blank, random, with erased tails, or low in entropy."""
    return st.one_of(
        st.just(b"\xff" * SECTOR),
        st.binary(min_size=SECTOR, max_size=SECTOR),
        st.binary(max_size=SECTOR).map(lambda head: head.ljust(SECTOR, b"\xff")),
        st.lists(st.sampled_from([0x00, 0xFF, 0xA5]), min_size=SECTOR, max_size=SECTOR).map(bytes),
    )


def contents_of(chip: Chip) -> st.SearchStrategy[bytes]:
    """All of a chip's flash."""
    count = len(chip.flash.sectors)
    return st.lists(_sectors(), min_size=count, max_size=count).map(b"".join)


@st.composite
def images_in(draw: st.DrawFn, chip: Chip, old: bytes) -> Image:
    """Sparse bytes in the chip's flash: new ones, the old ones, or erased ones; perhaps none."""
    size = chip.flash.span.size
    edges = st.one_of(st.integers(0, size), st.integers(0, size // SECTOR).map(SECTOR.__mul__))
    cuts = sorted(draw(st.sets(edges, max_size=6)))
    image = Image(())
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        data = draw(
            st.one_of(
                st.binary(min_size=end - start, max_size=end - start),
                st.just(old[start:end]),
                st.just(b"\xff" * (end - start)),
            )
        )
        image = image.overlay(Image.of(chip.flash.start + start, data))
    return image


def expected(chip: Chip, old: bytes, image: Image) -> bytes:
    """Flash as it should be afterwards, byte by byte."""
    return put_over(chip, bytearray(old), image.segments)


def put_over(chip: Chip, flash: bytearray, segments: tuple[Segment, ...]) -> bytes:
    """The segments' bytes over the flash's."""
    for segment in segments:
        at = segment.address - chip.flash.start
        flash[at : at + len(segment.data)] = segment.data
    return bytes(flash)


@st.composite
def sparse_writes(draw: st.DrawFn, chip: Chip) -> tuple[bytes, Image]:
    """Flash that is blank but for sectors that an image covers nearly, or altogether."""
    old, image = b"", Image(())
    for sector in chip.flash.sectors:
        if not draw(st.booleans()):
            old += b"\xff" * SECTOR
            continue
        old += draw(st.binary(min_size=SECTOR, max_size=SECTOR))
        beside = draw(st.integers(0, 4))
        data = draw(st.binary(min_size=SECTOR - beside, max_size=SECTOR - beside))
        image = image.overlay(Image.of(sector.start + draw(st.integers(0, beside)), data))
    return old, image
