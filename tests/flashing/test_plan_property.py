"""Any image over any contents: the right bytes, by the flash's rules, without needless wear."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swdflash.chips.chip import Chip
from swdflash.events import ignore
from swdflash.flashing.carry_out import carry_out
from swdflash.flashing.errors import EraseNeeded
from swdflash.flashing.plan import EraseMode, Plan, PlanOptions, Strategy, make_plan
from swdflash.flashing.survey import survey
from swdflash.images.image import Image
from swdflash.memory import Span
from tests.fakes.flash_model import FlashModel
from tests.flashing.strategies import chips, contents_of, expected, images_in, sparse_writes


def write(model: FlashModel, image: Image, options: PlanOptions) -> Plan:
    contents = survey(model, model.chip, image, options)
    plan = make_plan(image, model.chip, contents, options, model.costs)
    carry_out(plan, model, model.chip, None, ignore)
    return plan


def sectors_of(chip: Chip, data: bytes) -> list[bytes]:
    start = chip.flash.start
    return [data[sector.start - start : sector.end - start] for sector in chip.flash.sectors]


def appendable(old: bytes, new: bytes) -> bool:
    """Whether a sector gets from old to new by programming erased half-words only."""
    halves = range(0, len(old), 2)
    return all(old[n : n + 2] in (new[n : n + 2], b"\xff\xff") for n in halves)


@given(st.data(), chips(), st.booleans())
def test_image_where_it_is_and_old_bytes_elsewhere(
    data: st.DataObject, chip: Chip, verify: bool
) -> None:
    old = data.draw(contents_of(chip))
    image = data.draw(images_in(chip, old))
    model = FlashModel(chip, old)
    plan = write(model, image, PlanOptions(verify=verify))
    assert bytes(model.data) == expected(chip, old, image)
    assert model.programmed_units * chip.flash.unit == sum(span.size for span in plan.program)
    assert model.digest_calls <= 1
    again = write(model, image, PlanOptions())
    assert again.strategy is Strategy.NOTHING
    assert again.unchanged_bytes == image.size


@given(st.data(), chips())
def test_no_sector_is_erased_that_need_not_be(data: st.DataObject, chip: Chip) -> None:
    old = data.draw(contents_of(chip))
    image = data.draw(images_in(chip, old))
    model = FlashModel(chip, old)
    plan = write(model, image, PlanOptions())
    before, after = sectors_of(chip, old), sectors_of(chip, bytes(model.data))
    for sector, was, now in zip(chip.flash.sectors, before, after, strict=True):
        if plan.strategy is Strategy.MASS:
            break
        needless = (
            was == now
            or not was.strip(b"\xff")
            or (not image.covers(sector) and appendable(was, now))
        )
        assert model.erases[sector] == (0 if needless else 1)


@given(st.data(), chips())
def test_a_mass_erase_is_never_the_slower_way(data: st.DataObject, chip: Chip) -> None:
    old = data.draw(contents_of(chip))
    image = data.draw(images_in(chip, old))
    model = FlashModel(chip, old)
    plan = write(model, image, PlanOptions(verify=False))
    if plan.strategy is not Strategy.MASS:
        return
    by_sector = 0.0
    before, after = sectors_of(chip, old), sectors_of(chip, bytes(model.data))
    for sector, was, now in zip(chip.flash.sectors, before, after, strict=True):
        if was != now:
            by_sector += chip.flash.erase_time(sector).typ * bool(was.strip(b"\xff"))
            by_sector += chip.flash.program.typ * sum(
                now[n : n + 2] != b"\xff\xff" for n in range(0, len(now), 2)
            )
    assert model.now() <= by_sector


@given(st.data(), chips())
def test_with_erase_chip_nothing_beside_the_image_is_left(data: st.DataObject, chip: Chip) -> None:
    old = data.draw(contents_of(chip))
    image = data.draw(images_in(chip, old))
    model = FlashModel(chip, old)
    plan = write(model, image, PlanOptions(erase=EraseMode.CHIP))
    assert bytes(model.data) == expected(chip, b"\xff" * len(old), image)
    assert not plan.kept
    assert plan.kept_bytes == 0


@given(st.data(), chips())
def test_with_erase_none_it_works_or_refuses(data: st.DataObject, chip: Chip) -> None:
    old = data.draw(contents_of(chip))
    image = data.draw(images_in(chip, old))
    model = FlashModel(chip, old)
    try:
        plan = write(model, image, PlanOptions(erase=EraseMode.NONE))
    except EraseNeeded:
        assert bytes(model.data) == old
        assert model.acts == 0
        return
    assert not plan.erase
    assert bytes(model.data) == expected(chip, old, image)


@given(st.data(), chips())
def test_whatever_is_erased_beside_the_image_is_in_the_journal(
    data: st.DataObject, chip: Chip
) -> None:
    """On a sparse chip above all, where erasing a whole bank is tempting."""
    old, image = data.draw(sparse_writes(chip))
    model = FlashModel(chip, old)
    plan = write(model, image, PlanOptions())
    assert bytes(model.data) == expected(chip, old, image)
    safe = {at for kept in plan.kept for span in kept.kept for at in range(span.start, span.end)}
    own = {at for span in image.spans for at in range(span.start, span.end)}
    for offset, byte in enumerate(old):
        address = chip.flash.start + offset
        if byte != 0xFF and any(span.covers(Span(address, 1)) for span in plan.erase):
            assert address in own or address in safe
