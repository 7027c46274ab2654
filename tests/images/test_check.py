"""An image against a chip: what fits, what does not, and what may be forced."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.errors import Exit, every_error
from swdflash.events import Noted
from swdflash.images.check import ChipFacts, Finding, check_image, fit_image, forcible_codes, refuse
from swdflash.images.errors import ImageEmpty, ImageError
from swdflash.images.load import FileBytes, LoadedImage
from swdflash.images.misfits import VectorThumb
from swdflash.memory import Span
from tests.images.craft import (
    BLINKY,
    C8,
    FLASH,
    KIB,
    codes,
    elf32,
    firmware,
    link,
    load,
    load_one,
    refused,
)


def at(address: int, data: bytes) -> LoadedImage:
    return load(FileBytes("data.bin", data, address))


def test_blinky_is_welcome() -> None:
    loaded = load_one(BLINKY.read_bytes())
    assert check_image(loaded, C8) == []
    assert fit_image(loaded, C8) == loaded


def test_too_long_by_how_much_and_for_which_flash() -> None:
    error = refused(at(FLASH, firmware(size=64 * KIB + 12)))
    assert error is not None
    words = error.explain()
    assert words.code == "image-too-long"
    assert words.exit is Exit.BAD_IMAGE
    assert "12 bytes too many" in words.what
    assert "64 KiB" in words.why
    assert any("--chip STM32F103CB" in line for line in words.next)
    assert not error.forcible


def test_without_a_larger_twin_there_is_advice_all_the_same() -> None:
    chip = replace(C8, larger_twin=None)
    error = refused(at(FLASH, firmware(size=64 * KIB + 1)), chip)
    assert error is not None
    assert all(error.explain().next)


def test_a_segment_wholly_behind_the_end_counts_as_too_long() -> None:
    loaded = load_one(elf32((FLASH, firmware()), (FLASH + 96 * KIB, bytes(20))))
    assert codes(loaded) == ["image-too-long"]
    twin = replace(C8, flash=Span(FLASH, 128 * KIB))
    assert codes(loaded, twin) == []


@pytest.mark.parametrize("address", [0x0900_0000, 0x0700_0000, 0x1FFF_F800, 0x6000_0000])
def test_outside_flash(address: int) -> None:
    loaded = load_one(elf32((FLASH, firmware()), (address, bytes(16))))
    error = refused(loaded)
    assert error is not None
    assert error.code == "outside-flash"
    assert "16 bytes" in str(error)
    assert f"{address:#010x}" in str(error)
    assert refused(loaded, C8, "outside-flash") is not None  # no force helps


def test_flash_may_be_filled_to_the_last_byte() -> None:
    assert codes(at(FLASH, firmware(size=64 * KIB))) == []


@pytest.mark.parametrize(
    ("sp", "words"),
    [
        (0x2000_0000, "not in RAM"),
        (0x2000_5004, "not in RAM"),
        (0x2000_C000, "not in RAM"),  # an F103RC's
        (0, "not in RAM"),
        (0xFFFF_FFFF, "not in RAM"),
        (0x2000_4FFF, "not a multiple of 4"),
    ],
)
def test_stack_pointer(sp: int, words: str) -> None:
    loaded = at(FLASH, firmware(sp=sp))
    error = refused(loaded)
    assert error is not None
    assert error.code == "vector-stack"
    assert words in str(error)
    assert f"{sp:#010x}" in str(error)
    assert refused(loaded, C8, "vector-stack") is None


@pytest.mark.parametrize("sp", [0x2000_0004, 0x2000_5000, 0x2000_4FFC])
def test_stack_pointers_that_are_fine(sp: int) -> None:
    assert codes(at(FLASH, firmware(sp=sp))) == []


@pytest.mark.parametrize(
    ("reset", "code", "words"),
    [
        (0x0801_0001, "vector-reset", "outside flash"),
        (0x2000_0101, "vector-reset", "outside flash"),
        (0x1FFF_F001, "vector-reset", "outside flash"),
        (0xFFFF_FFFF, "vector-reset", "outside flash"),
        (0x0800_0401, "vector-reset", "not in this image"),
        (0x0800_0040, "vector-thumb", "even"),
    ],
)
def test_reset_vector(reset: int, code: str, words: str) -> None:
    loaded = at(FLASH, firmware(reset=reset))
    error = refused(loaded)
    assert error is not None
    assert error.code == code
    assert words in str(error)
    assert refused(loaded, C8, code) is None


def test_a_table_cut_short_is_nonsense() -> None:
    assert codes(at(FLASH, b"\0\x50\0\x20")) == ["vector-reset"]
    assert codes(at(FLASH, b"\0")) == ["vector-stack", "vector-reset"]


def test_linked_for_address_zero(tmp_path: Path) -> None:
    """The chip shows its flash at 0 when it boots from it, so such a program runs."""
    loaded = load_one(link(tmp_path, "-Wl,--nmagic", text=0))
    fitted = fit_image(loaded, C8)
    assert [note.code for note in fitted.notes] == ["linked-at-zero"]
    (segment,) = fitted.image.segments
    assert segment.address == FLASH
    assert segment.data == loaded.image.segments[0].data
    assert fitted.image.files == loaded.image.files


def test_two_places_for_the_same_flash() -> None:
    loaded = load_one(elf32((0, firmware(reset=0x41)), (FLASH, firmware())))
    assert codes(loaded) == ["outside-flash"]


def test_linked_behind_a_bootloader(tmp_path: Path) -> None:
    loaded = load_one(link(tmp_path, "-Wl,--nmagic", text=FLASH + 0x2000))
    (note,) = fit_image(loaded, C8).notes
    assert note.code == "linked-with-offset"
    assert "0x08002000" in note.text
    assert "8 KiB" in note.text


def test_data_needs_no_vector_table() -> None:
    (note,) = fit_image(at(FLASH + 0xF000, b"calibration"), C8).notes
    assert note.code == "no-vector-table"
    assert "60 KiB" in note.text


def test_an_app_and_its_bootloader_in_one_load() -> None:
    boot, app = FileBytes("boot.bin", firmware()), FileBytes("app.bin", firmware(), FLASH + 0x2000)
    assert [note.code for note in fit_image(load(boot, app), C8).notes] == ["bin-address"]


def test_force_overrides_what_it_names_and_nothing_else() -> None:
    loaded = at(FLASH, firmware(sp=0, reset=0x0800_0040))
    assert codes(loaded) == ["vector-stack", "vector-thumb"]
    for named, left in (("vector-stack", "vector-thumb"), ("vector-thumb", "vector-stack")):
        error = refused(loaded, C8, named)
        assert error is not None
        assert error.code == left
    notes = fit_image(loaded, C8, {"vector-stack", "vector-thumb"}).notes
    assert [note.code for note in notes] == ["vector-stack", "vector-thumb"]
    assert all(note.text.startswith("forced: ") for note in notes)


def test_refuse_raises_the_first_and_keeps_notes() -> None:
    note = Noted("a", "b")
    thumb = VectorThumb("x", 2)
    findings: list[Finding] = [note, thumb, ImageEmpty("x", "BIN")]
    assert refuse([note]) == (note,)
    with pytest.raises(VectorThumb):
        refuse(findings)
    with pytest.raises(ImageEmpty):
        refuse(findings, {"vector-thumb", "image-empty"})


def test_notes_of_loading_come_first() -> None:
    loaded = load(FileBytes("a.bin", firmware()), bin_address=FLASH + 0x1000)
    loaded_at = struct.unpack("<2I", loaded.image.segments[0].data[:8])
    assert loaded_at[1] == FLASH + 0x41  # points before the image, so it is taken as data
    assert [n.code for n in fit_image(loaded, C8).notes] == ["bin-address", "no-vector-table"]


def test_every_image_error_says_what_to_try() -> None:
    kinds = [kind for kind in every_error().values() if issubclass(kind, ImageError)]
    assert len(kinds) > 25
    for kind in kinds:
        assert kind.next, kind.code
        if kind.forcible:
            assert f"`--force {kind.code}`" in kind.next[-1]
    assert set(forcible_codes()) == {kind.code for kind in kinds if kind.forcible}
    assert "vector-stack" in forcible_codes()
    assert "image-too-long" not in forcible_codes()


def test_the_file_at_fault_is_named() -> None:
    good = FileBytes("good.bin", firmware())
    for bad in (FileBytes("bad.bin", b"x", FLASH + 64 * KIB), FileBytes("bad.bin", b"x", 0x100)):
        error = refused(load(good, bad))
        text = str(error) if error else fit_image(load(good, bad), C8).notes[-1].text
        assert "bad.bin" in text
        assert "good.bin" not in text


def test_ram_in_several_pieces() -> None:
    chip = ChipFacts("X", "Cortex-M4", C8.flash, (Span(0x1000_0000, KIB), C8.sram[0]))
    assert codes(at(FLASH, firmware(sp=0x1000_0400)), chip) == []
    assert codes(load_one(elf32((0x1000_0000, b"a"), (0x2000_0000, b"b"))), chip) == [
        "image-in-ram"
    ]
