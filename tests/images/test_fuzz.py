"""Whatever a file holds: an image or an ImageError, and soon."""

from __future__ import annotations

from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st
from intelhex import IntelHex

from swdflash.images.check import check_image
from swdflash.images.describe import describe_image
from swdflash.images.errors import ImageError
from swdflash.images.image import Image
from tests.images.craft import BLINKY, C8, FLASH, load_one, s_record, uf2

ELF = BLINKY.read_bytes()
BIN = load_one(ELF).image.segments[0].data


def _hex() -> bytes:
    text = StringIO()
    writer = IntelHex()
    writer.puts(FLASH, BIN)
    writer.write_hex_file(text)
    return text.getvalue().encode()


def _srec() -> bytes:
    data = [s_record(3, FLASH + i, BIN[i : i + 16]) for i in range(0, len(BIN), 16)]
    return "\n".join([s_record(0, 0, b"a"), *data, s_record(7, FLASH)]).encode()


FILES = {"elf": ELF, "hex": _hex(), "srec": _srec(), "uf2": uf2(FLASH, BIN)}
MAGICS = [b"", b"\x7fELF", b"\x7fELF\1\1\1", b":", b":10", b"S1", b"S3", b"UF2\nWQ]\x9e"]


def read(data: bytes) -> Image | None:
    """The image, if it is one; every question about it must have an answer, too."""
    try:
        loaded = load_one(data)
    except ImageError as error:
        error.explain()
        return None
    describe_image(loaded)
    for finding in check_image(loaded, C8):
        if isinstance(finding, ImageError):
            finding.explain()
    return loaded.image


def read_bytes_of(data: bytes) -> bytes | None:
    image = read(data)
    return image.segments[0].data if image else None


@given(st.sampled_from(MAGICS), st.binary(max_size=700))
def test_noise(magic: bytes, noise: bytes) -> None:
    read(magic + noise)


@given(st.text(alphabet=":S0123456789ABCDEF \r\n", max_size=80))
def test_noise_of_the_right_letters(text: str) -> None:
    read(text.encode())


@settings(max_examples=200)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_part_of_a_file_is_never_taken_for_the_whole(kind: str, data: st.DataObject) -> None:
    whole = FILES[kind].rstrip() if kind in {"hex", "srec"} else FILES[kind]
    assert read_bytes_of(whole) == BIN
    assert read(whole[: data.draw(st.integers(4, len(whole) - 1))]) is None


@settings(max_examples=300)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_changed_bytes(kind: str, data: st.DataObject) -> None:
    changed = bytearray(FILES[kind])
    # Headers are where a reader can be led astray: half of the changes go there.
    places = st.integers(0, 300) | st.integers(0, len(changed) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(places)] = data.draw(st.integers(0, 255))
    read(bytes(changed))


@given(st.data())
def test_one_changed_byte_of_a_hex_file_is_found(data: st.DataObject) -> None:
    changed = bytearray(FILES["hex"])
    changed[data.draw(st.integers(1, len(changed) - 1))] = data.draw(st.integers(0, 255))
    assert read_bytes_of(bytes(changed)) in {None, BIN}


@settings(max_examples=300)
@given(st.data())
def test_damaged_elf_tables(data: st.DataObject) -> None:
    """The section headers and what they point to, in blinky's second half."""
    changed = bytearray(ELF)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(len(ELF) // 2, len(ELF) - 4))
        word = data.draw(st.sampled_from([0, 1, 0xFF, 0x7FFF_FFFF, 0xFFFF_FFFF]))
        changed[at : at + 4] = word.to_bytes(4, "little")
    read(bytes(changed))
