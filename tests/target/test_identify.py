from __future__ import annotations

import pytest

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named, find_device, known_chips
from swdflash.chips.errors import UnknownChipName
from swdflash.errors import Exit
from swdflash.target.errors import AnotherChip, CloneRefused, UnknownChip
from swdflash.target.hidden_flash import hidden_flash
from swdflash.target.identify import identify
from swdflash.target.target import Target
from tests.fakes.debug_link import UID, link_to, rom_table

C8 = chip_named("STM32F103C8")
R2P1 = 0x412F_C231
ARM_TABLE = rom_table(0x23B, 0x4C3)


def codes(target: Target) -> list[str]:
    return [note.code for note in target.identity.notes]


@pytest.mark.parametrize("chip", known_chips(), ids=lambda chip: f"{chip.name}")
def test_every_genuine_part_is_known_by_what_it_says(chip: Chip) -> None:
    target = identify(link_to(chip))
    assert target.chip.flash == chip.flash
    assert target.chip.dev_id == chip.dev_id
    assert target.chip.clone is None
    assert target.identity.uid == UID.hex()
    assert codes(target) == []
    assert target.chip.work_area.size <= chip.sram[0].size  # what a loader takes is really there


def test_the_blue_pills_chip_in_full() -> None:
    link = link_to(C8)
    target = identify(link)
    assert target.chip.name == "STM32F103x8"
    assert target.identity.revision == "Y"
    assert str(target.identity.cpuid) == "Cortex-M3 r1p1"
    assert (target.identity.flash_kib, target.identity.size_register) == (64, 64)
    assert link.accesses == 5


@pytest.mark.parametrize(
    ("idcode", "letter"), [(0x0000_6410, "A"), (0x2000_6410, "B"), (0x2001_6410, "Z")]
)
def test_revisions_have_letters(idcode: int, letter: str) -> None:
    assert identify(link_to(C8, idcode=idcode)).identity.revision == letter


def test_an_unlisted_revision_has_no_letter_but_is_no_obstacle() -> None:
    assert identify(link_to(C8, idcode=0x7777_6410)).identity.revision is None


@pytest.mark.parametrize(
    ("clone", "read_out"),
    [
        (
            "CS32F103 or APM32F103",
            {"idcode": 0x2003_6410, "dpidr": 0x2BA0_1477, "table": ARM_TABLE},
        ),
        ("CH32F103", {"idcode": 0x2000_0410, "table": ARM_TABLE}),
        (
            "GD32F103",
            {"idcode": 0x1303_0410, "table": rom_table(0x3D1, 0x76F), "size_word": 0x0014_0040},
        ),
        ("HK32F103", {"idcode": 0x2003_6410, "table": rom_table(0x2D5, 0x4C3, jedec=False)}),
        ("unmarked clone of STM32F103", {"idcode": 0x2003_0410}),  # ST's ROM table, r2p1 core
    ],
)
def test_clones_are_named(clone: str, read_out: dict[str, object]) -> None:
    target = identify(link_to(C8, cpuid=R2P1, **read_out))  # type: ignore[arg-type]
    assert target.chip.clone == target.identity.clone == clone
    assert target.identity.revision is None
    assert codes(target) == ["clone"]
    assert target.chip.flash == C8.flash


def test_an_st_rom_table_behind_another_debug_port_is_a_clone() -> None:
    assert identify(link_to(C8, dpidr=0x2BA0_1477)).chip.clone == "unmarked clone of STM32F103"


def test_a_gd32s_own_word_on_its_sram_is_taken() -> None:
    gd32 = {"cpuid": R2P1, "idcode": 0x1303_0410, "table": rom_table(0x3D1, 0x76F)}
    target = identify(link_to(C8, size_word=0x0008_0040, **gd32))  # type: ignore[arg-type]
    assert target.chip.sram[0].size == target.chip.work_area.size == 8 * 1024


@pytest.mark.parametrize(
    "read_out",
    [
        {"table": ARM_TABLE, "idcode": 0x2003_6414},  # nobody known
        {"table": bytes(32)},  # a ROM table without an identity
        {"idcode": 0x1000_6999},  # no such DEV_ID
        {"cpuid": 0x410F_C241},  # a Cortex-M4 (GD32F303 has DEV_ID 0x414)
        {"cpuid": 0x631F_1320},  # another designer's core (AIR32: Arm China)
        {"idcode": 0, "table": ARM_TABLE},
    ],
)
def test_what_nobody_knows_is_refused(read_out: dict[str, object]) -> None:
    with pytest.raises(UnknownChip) as caught:
        identify(link_to(C8, **read_out))  # type: ignore[arg-type]
    words = caught.value.explain()
    assert (words.code, words.exit) == ("unknown-chip", Exit.REFUSED)


@pytest.mark.parametrize(
    ("cpuid", "at", "idcode", "name"),
    [
        (0x410F_C241, 0xE004_2000, 0x1006_6431, "STM32F411xx"),
        (0x410C_C601, 0x4001_5800, 0x1000_6460, "STM32G07xxx/08xxx"),
        (0x411F_C271, 0x5C00_1000, 0x2003_6450, "STM32H74xxx/75xxx"),
        (0x412F_C230, 0xE004_2000, 0x2000_6411, "STM32F2xxxx"),  # a Cortex-M3 too
    ],
)
def test_another_stm32_is_named(cpuid: int, at: int, idcode: int, name: str) -> None:
    link = link_to(C8, cpuid=cpuid)
    del link.words[0xE004_2000]
    link.words[at] = idcode
    with pytest.raises(UnknownChip, match=name) as caught:
        identify(link)
    assert caught.value.idcode == idcode


def test_a_name_cannot_vouch_for_another_stm32() -> None:
    with pytest.raises(UnknownChip, match="STM32F2"):
        identify(link_to(C8, idcode=0x2000_6411), chip_name="STM32F103C8")


def test_a_name_vouches_for_a_dev_id_that_nobody_knows() -> None:
    target = identify(link_to(C8, idcode=0x2000_629B), chip_name="STM32F103C8")
    assert target.chip.name == "STM32F103C8"
    assert codes(target) == ["unknown-dev-id"]


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_a_unique_id_that_is_none_is_told(byte: int) -> None:
    link = link_to(C8).put(0x1FFF_F7E8, bytes([byte]) * 12)
    assert codes(identify(link)) == ["uid-not-unique"]


def test_a_name_vouches_for_a_part_that_nobody_knows() -> None:
    target = identify(link_to(C8, table=bytes(32)), chip_name="STM32F103C8")
    assert target.chip.name == "STM32F103C8"
    assert codes(target) == ["unknown-maker"]


def test_an_idcode_of_zero_is_replaced_by_the_rom_table() -> None:
    target = identify(link_to(C8, idcode=0))
    assert target.chip.dev_id == 0x410
    assert codes(target) == ["idcode-reads-zero"]


@pytest.mark.parametrize("size_word", [0xFFFF_FFFF, 0xFFFF_0000, 0xFFFF_0100, 0xFFFF_7FFF])
def test_a_senseless_size_is_replaced_by_the_smallest(size_word: int) -> None:
    target = identify(link_to(C8, size_word=size_word))
    assert target.identity.flash_kib == 64
    assert target.identity.size_register == size_word & 0xFFFF
    assert codes(target) == ["flash-size-unreadable"]


def test_a_c8_can_be_used_as_a_cb() -> None:
    target = identify(link_to(C8), chip_name="STM32F103CB")
    assert target.identity.flash_kib == 128
    assert target.identity.size_register == 64
    assert codes(target) == ["flash-size-overridden"]


def test_a_name_that_fits_is_only_a_name() -> None:
    target = identify(link_to(C8), chip_name="stm32f103c8t6")
    assert (target.chip.name, codes(target)) == ("STM32F103C8", [])
    assert target.chip.work_area.size == 20 * 1024


@pytest.mark.parametrize("chip_name", [None, "STM32F103RG"])
def test_a_clone_whose_flash_differs_is_refused_whatever_it_is_called(
    chip_name: str | None,
) -> None:
    gd32 = link_to(C8, cpuid=R2P1, idcode=0x1303_0430, table=rom_table(0x3D1, 0x76F))
    with pytest.raises(CloneRefused) as caught:
        identify(gd32, chip_name=chip_name)
    assert caught.value.exit is Exit.REFUSED
    assert "GigaDevice" in caught.value.explain().next[0]


def test_a_name_cannot_turn_one_chip_into_another() -> None:
    with pytest.raises(AnotherChip):
        identify(link_to(C8), chip_name="STM32F103RC")


def test_a_name_that_nobody_sells_is_refused_before_the_chip_is_touched() -> None:
    link = link_to(C8)
    with pytest.raises(UnknownChipName):
        identify(link, chip_name="STM32F103CZ")
    assert link.accesses == 0


def test_hidden_flash_answers_or_does_not() -> None:
    link = link_to(C8)
    assert hidden_flash(link, C8) is None
    link.put(0x0801_0000, bytes(4)).put(0x0801_FFFC, bytes(4))
    assert str(hidden_flash(link, C8)) == "0x08010000..0x08020000"


def test_a_clone_that_answers_everywhere_hides_nothing() -> None:
    link = link_to(C8, cpuid=R2P1, table=ARM_TABLE, idcode=0x2003_6410)
    link.put(0x0801_0000, bytes(4)).put(0x0801_FFFC, bytes(4))
    assert hidden_flash(link, identify(link).chip) is None


def test_the_largest_part_hides_nothing() -> None:
    device = find_device(0x410)
    assert device
    link = link_to(C8)
    assert hidden_flash(link, device.chip(128)) is None
    assert link.accesses == 0
