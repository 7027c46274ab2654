"""Verification that fails: which byte, how many, and what it looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.events import ignore
from swdflash.flashing.carry_out import carry_out
from swdflash.flashing.errors import VerifyFailed
from swdflash.flashing.journal import Journal
from swdflash.flashing.mismatch import Compared, verify_failed
from swdflash.flashing.plan import PlanOptions, make_plan
from swdflash.flashing.survey import survey
from swdflash.images.image import Image
from swdflash.links.steps import Check, Step
from swdflash.memory import Span
from tests.fakes.flash_model import UID, FlashModel, small_chip

START = 0x0800_0000
GOOD = bytes(range(256)) * 16


def failure(got: bytes) -> VerifyFailed:
    error = verify_failed([Compared(Span(START, len(GOOD)), GOOD, got)], 0xFF)
    assert error is not None
    return error


def changed(change: dict[int, int]) -> bytes:
    got = bytearray(GOOD)
    for at, byte in change.items():
        got[at] = byte
    return bytes(got)


def test_equal_bytes_are_no_failure() -> None:
    assert verify_failed([Compared(Span(START, 4096), GOOD, GOOD)], 0xFF) is None


def test_first_address_and_count_over_all_spans() -> None:
    same = Compared(Span(START, 4096), GOOD, GOOD)
    other = Compared(Span(START + 8192, 4096), GOOD, changed({5: 0, 77: 0}))
    error = verify_failed([same, other, other], 0xFF)
    assert error is not None
    assert (error.address, error.count) == (START + 8192 + 5, 4)
    assert (error.expected, error.got) == (5, 0)


@pytest.mark.parametrize(
    ("got", "cause"),
    [
        (changed({3: 0xFF, 900: 0xFF}), "not programmed"),
        (changed({1025: 0x11, 3073: 0x22}), "every second KiB"),
        (changed({3: 0x01, 0x1FF: 0x7F}), "read 0 that should read 1"),
        (changed({3: 0x07, 0x100: 0x10}), "read 1 that should read 0"),
        (GOOD[::-1], "another image"),
    ],
)
def test_likely_causes(got: bytes, cause: str) -> None:
    assert cause in failure(got).explain().why


class WornFlash(FlashModel):
    """One bit of the ninth byte always reads 0."""

    def _do(self, step: Step) -> None:
        if isinstance(step, Check):
            self.data[8] &= 0xFE
        super()._do(step)


def test_a_worn_cell_is_named_and_the_journal_stays(tmp_path: Path) -> None:
    chip = small_chip()
    model = WornFlash(chip, b"\x33" * chip.flash.span.size)
    image = Image.of(START + 4, b"\x55" * 8)
    contents = survey(model, chip, image, PlanOptions())
    plan = make_plan(image, chip, contents, PlanOptions(), model.costs)
    journal = Journal(tmp_path, UID)
    with pytest.raises(VerifyFailed) as failed:
        carry_out(plan, model, chip, journal, ignore)
    assert (failed.value.address, failed.value.count) == (START + 8, 1)
    assert (failed.value.expected, failed.value.got) == (0x55, 0x54)
    assert journal.load() == plan.kept
