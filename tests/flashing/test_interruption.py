"""Cut off anywhere, as often as one likes, with whatever image comes next: no kept byte is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.chips.chip import Chip
from swdflash.events import ignore
from swdflash.flashing.carry_out import carry_out
from swdflash.flashing.errors import WriteCutShort, WriteInterrupted
from swdflash.flashing.journal import Damaged, Journal
from swdflash.flashing.plan import PlanOptions, make_plan
from swdflash.flashing.restore import restoration
from swdflash.flashing.survey import survey
from swdflash.images.image import Image
from tests.fakes.flash_model import UID, FlashModel, small_chip
from tests.flashing.strategies import chips, contents_of, expected, images_in


def write(model: FlashModel, image: Image, folder: Path, *, verify: bool = True) -> None:
    journal = Journal(folder, UID)
    journalled = journal.load()
    assert not isinstance(journalled, Damaged)
    options = PlanOptions(verify=verify)
    spans = [item.sector for item in journalled]
    contents = survey(model, model.chip, image, options, spans)
    owed = restoration(journalled, image, contents, model.chip.flash)
    assert not owed.foreign
    plan = make_plan(image, model.chip, contents, options, model.costs, owed.owed)
    carry_out(plan, model, model.chip, journal, ignore)


class SawTooth:
    """An act torn in the middle leaves some bits as they were, drawn from a list of masks."""

    def __init__(self, masks: list[int]) -> None:
        self._masks = masks
        self._next = 0

    def __call__(self, before: int, after: int) -> int:
        self._next += 1
        mask = self._masks[self._next % len(self._masks)]
        return (before & mask) | (after & ~mask & 0xFF)


def covered_by(images: list[Image], address: int) -> bool:
    return any(image.segment_at(address) for image in images)


@given(st.data(), chips(), st.booleans())
def test_no_kept_byte_is_lost(data: st.DataObject, chip: Chip, verify: bool) -> None:
    old = data.draw(contents_of(chip))
    model = FlashModel(chip, old)
    images: list[Image] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(data.draw(st.integers(1, 4))):
            again: bool = data.draw(st.booleans())
            image = images[-1] if images and again else data.draw(images_in(chip, old))
            images.append(image)
            last = model.acts + data.draw(st.integers(1, 60))
            model.cut = last.__eq__
            model.torn = SawTooth(data.draw(st.lists(st.integers(0, 255), min_size=1)))
            try:
                write(model, image, Path(folder), verify=verify)
            except WriteCutShort:
                continue
        model.cut = lambda _act: False
        write(model, images[-1], Path(folder), verify=verify)
        assert not list(Path(folder).iterdir())
    now = expected(chip, bytes(model.data), images[-1])
    assert bytes(model.data) == now
    for at, (was, byte) in enumerate(zip(old, now, strict=True)):
        assert byte == was or covered_by(images, chip.flash.start + at)


CHIP = small_chip(sectors=4)
OLD = bytes(range(128))
IMAGE = Image.of(CHIP.flash.start + 5, bytes(range(200, 254)))


def acts_of_a_write() -> int:
    model = FlashModel(CHIP, OLD)
    with tempfile.TemporaryDirectory() as folder:
        write(model, IMAGE, Path(folder))
    return model.acts


@pytest.mark.parametrize("act", range(1, acts_of_a_write() + 1))
@pytest.mark.parametrize("lost", [None, KeyboardInterrupt])
def test_the_same_command_finishes_after_a_cut_at_any_act(
    tmp_path: Path, act: int, lost: type[BaseException] | None
) -> None:
    model = FlashModel(CHIP, OLD)
    model.cut = act.__eq__
    if lost:
        model.lost = lost
    with pytest.raises(WriteInterrupted if lost else WriteCutShort) as stopped:
        write(model, IMAGE, tmp_path)
    assert "safe in the journal" in stopped.value.explain().why
    before = model.programmed_units
    write(model, IMAGE, tmp_path)
    assert bytes(model.data) == expected(CHIP, OLD, IMAGE)
    assert not list(tmp_path.iterdir())
    assert model.programmed_units - before <= 32, "only what is missing is programmed"


def test_somebody_elses_bytes_are_left_alone(tmp_path: Path) -> None:
    model = FlashModel(CHIP, OLD)
    model.cut = (5).__eq__
    with pytest.raises(WriteCutShort):
        write(model, IMAGE, tmp_path)
    others = bytes(reversed(range(128)))
    model.data[:] = others
    journalled = Journal(tmp_path, UID).load()
    assert not isinstance(journalled, Damaged)
    spans = [item.sector for item in journalled]
    contents = survey(model, CHIP, Image(()), PlanOptions(), spans)
    found = restoration(journalled, Image(()), contents, CHIP.flash)
    assert found.foreign == tuple(spans) != ()
    assert found.owed.size == 0
