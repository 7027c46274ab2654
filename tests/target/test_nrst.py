"""The reset wire, on boards where it is there, missing, slow or shorted."""

from __future__ import annotations

from typing import Any

import pytest

from swdflash.chips.arm import VTOR
from swdflash.chips.data import chip_named
from swdflash.links.base import Offers
from swdflash.links.errors import NotOffered
from swdflash.target.identify import identify
from swdflash.target.nrst import Verdict, prove_nrst
from tests.fakes.debug_link import link_to
from tests.recovery.scene import make_board, on_bench


def tried(firmware: str, **wiring: Any) -> tuple[Verdict, float | None, bool]:
    """The verdict, the time NRST took to rise, and whether the program goes on afterwards."""
    board = make_board(firmware, **wiring)
    with on_bench(board) as scene, scene.way.open() as link:
        target = identify(link)
        vtor = link.read32(VTOR.address)
        outcome = prove_nrst(target)
        target.presence.leave()
        runs = not link.is_halted() and link.read32(VTOR.address) == vtor
        return outcome.verdict, outcome.rose_s, runs


@pytest.mark.parametrize("firmware", ["blinky", "iwdg_loop", "lockup", ""])
@pytest.mark.parametrize("wired", [True, False])
def test_the_wire_is_told_whatever_the_firmware_does(firmware: str, wired: bool) -> None:
    verdict, _, _ = tried(firmware, nrst_wired=wired)
    assert verdict is (Verdict.WIRED if wired else Verdict.NOT_WIRED)


@pytest.mark.parametrize("wired", [True, False])
def test_the_program_runs_afterwards(wired: bool) -> None:
    assert tried("blinky", nrst_wired=wired)[2]


@pytest.mark.parametrize("rc_s", [0.004, 0.1, 0.4])
def test_a_slow_line_is_no_false_alarm(rc_s: float) -> None:
    verdict, rose_s, runs = tried("blinky", nrst_rc_s=rc_s)
    assert verdict is Verdict.WIRED
    assert rose_s is not None
    assert rc_s * 0.2 < rose_s < rc_s * 2 + 0.01
    assert runs


def test_a_slow_line_that_the_probe_does_not_reach() -> None:
    assert tried("blinky", nrst_rc_s=0.4, nrst_wired=False)[0] is Verdict.NOT_WIRED


def test_a_glitch_from_elsewhere_is_no_proof() -> None:
    board = make_board("blinky", nrst_wired=False)
    with on_bench(board) as scene, scene.way.open() as link:
        board.press_reset(0.0005, after_s=0.05)
        assert prove_nrst(identify(link)).verdict is not Verdict.WIRED


def test_a_line_that_is_held_low_is_told_apart() -> None:
    assert tried("blinky", nrst_shorted=True)[0] is Verdict.HELD_LOW


def test_a_probe_without_the_wire_is_not_asked() -> None:
    link = link_to(chip_named("STM32F103C8"))
    link.offers = Offers.NOTHING
    with pytest.raises(NotOffered, match="NRST"):
        prove_nrst(identify(link))
