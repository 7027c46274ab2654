"""Plans whose reasons can be read off."""

from __future__ import annotations

import pytest

from swdflash.flashing.errors import EraseNeeded
from swdflash.flashing.plan import EraseMode, Plan, PlanOptions, Strategy, make_plan
from swdflash.flashing.survey import survey
from swdflash.images.image import Image
from swdflash.images.misfits import OutsideFlash
from swdflash.memory import Span
from tests.fakes.flash_model import COSTS, FlashModel, small_chip

CHIP = small_chip(sectors=4, size=1024)
START = CHIP.flash.start
PAGES = CHIP.flash.sectors
RANDOM = bytes(range(256)) * 4


def plan_for(old: bytes, image: Image, erase: EraseMode = EraseMode.SECTOR) -> Plan:
    options = PlanOptions(erase)
    contents = survey(FlashModel(CHIP, old), CHIP, image, options)
    return make_plan(image, CHIP, contents, options, COSTS)


def test_a_full_rewrite_is_one_mass_erase() -> None:
    plan = plan_for(RANDOM * 4, Image.of(START, RANDOM[::-1] * 4))
    assert plan.strategy is Strategy.MASS
    assert plan.erase == (Span(START, 4096),)
    assert plan.check == PAGES


def test_a_mass_erase_is_not_worth_programming_unchanged_pages_again() -> None:
    slow = small_chip(sectors=4, size=4096)
    old = bytes(range(256)) * 64
    image = Image.of(slow.flash.start, b"\x5a" * 8192 + old[8192:])
    contents = survey(FlashModel(slow, old), slow, image, PlanOptions())
    plan = make_plan(image, slow, contents, PlanOptions(), COSTS)
    assert plan.erase == slow.flash.sectors[:2]
    assert plan.unchanged_bytes == 8192


def test_a_full_neighbour_forbids_a_mass_erase() -> None:
    plan = plan_for(RANDOM * 4, Image.of(START, RANDOM[::-1] * 3))
    assert plan.strategy is Strategy.SECTORS
    assert plan.erase == PAGES[:3]


def test_blank_neighbours_do_not() -> None:
    plan = plan_for(RANDOM * 3 + b"\xff" * 1024, Image.of(START, RANDOM[::-1] * 3))
    assert plan.strategy is Strategy.MASS


def test_bytes_beside_the_image_are_kept_and_named() -> None:
    plan = plan_for(RANDOM * 4, Image.of(START + 0x100, b"\0" * 16))
    (kept,) = plan.kept
    assert kept.sector == PAGES[0]
    assert (
        sum(span.size for span in kept.kept) == plan.kept_bytes == 1024 - 16 - 4
    )  # four bytes are 0xFF
    assert kept.final[0x100:0x110] == b"\0" * 16


def test_blank_flash_is_not_erased_and_erased_values_not_programmed() -> None:
    image = Image.of(START, b"\x12\x34" + b"\xff" * 1000 + b"\x56")
    plan = plan_for(b"\xff" * 4096, image)
    assert plan.erase == ()
    assert plan.program == (Span(START, 2), Span(START + 1002, 2))
    assert not plan.kept


def test_a_half_covered_unit_is_padded() -> None:
    plan = plan_for(b"\xff" * 4096, Image.of(START + 1, b"\x12"))
    assert plan.program == (Span(START, 2),)
    assert plan.changed[0].data[:2] == b"\xff\x12"


def test_erasing_the_chip_is_checked_beside_the_image_too() -> None:
    plan = plan_for(RANDOM * 4, Image.of(START, b"1234"), EraseMode.CHIP)
    assert plan.strategy is Strategy.MASS
    assert plan.check == PAGES
    assert plan.unchanged_bytes == 0


def test_erase_none_refuses() -> None:
    with pytest.raises(EraseNeeded) as refused:
        plan_for(RANDOM * 4, Image.of(START, RANDOM[::-1] * 2), EraseMode.NONE)
    assert refused.value.sectors == 2
    assert "0x08000000" in refused.value.explain().why


def test_outside_flash_is_refused_before_the_chip_is_asked() -> None:
    model = FlashModel(CHIP, RANDOM * 4)
    image = Image.of(CHIP.flash.end - 2, b"1234")
    with pytest.raises(OutsideFlash) as refused:
        survey(model, CHIP, image, PlanOptions())
    assert refused.value.count == 2
    assert model.digest_calls == 0


def test_the_estimate_is_the_flashs_time_and_a_little() -> None:
    plan = plan_for(RANDOM * 4, Image.of(START, RANDOM[::-1] * 4))
    units = 2048 - sum(RANDOM[::-1][n : n + 2] == b"\xff\xff" for n in range(0, 1024, 2)) * 4
    floor = 0.03 + units * 52.5e-6
    assert floor < plan.estimate_s < floor + 0.03
