from __future__ import annotations

import pytest

from swdflash.chips.arm import DEMCR, DFSR
from swdflash.chips.data import chip_named
from swdflash.links.base import Reset
from swdflash.target.errors import ResetNotCaught
from swdflash.target.reset import PATIENCE_S, reset_and_halt, reset_and_run
from tests.fakes.debug_link import link_to

C8 = chip_named("STM32F103C8")


@pytest.mark.parametrize("kind", list(Reset))
def test_the_core_is_caught_at_its_vector_and_the_trap_is_taken_down(kind: Reset) -> None:
    link = link_to(C8)
    link.words[DEMCR.address] = DEMCR.TRCENA.mask
    reset_and_halt(link, kind)
    assert link.is_halted()
    assert link.resets == [kind]
    assert link.words[DEMCR.address] == DEMCR.TRCENA.mask
    assert link.accesses < 15


def test_a_core_that_was_halted_before_is_no_proof() -> None:
    link = link_to(C8)
    link.halt()
    link.words[DFSR.address] = DFSR.VCATCH.mask
    link.catches = False
    with pytest.raises(ResetNotCaught):
        reset_and_halt(link)


def test_waiting_has_an_end_and_leaves_nothing_armed() -> None:
    link = link_to(C8)
    link.catches = False
    with pytest.raises(ResetNotCaught):
        reset_and_halt(link)
    assert link.now() < PATIENCE_S + 0.1
    assert not DEMCR(link.words[DEMCR.address]).VC_CORERESET


def test_running_means_running_even_after_a_catch_was_left_armed() -> None:
    link = link_to(C8)
    link.halt()
    link.words[DEMCR.address] = DEMCR.VC_CORERESET.mask
    reset_and_run(link)
    assert not link.is_halted()
    assert not DEMCR(link.words[DEMCR.address]).VC_CORERESET
