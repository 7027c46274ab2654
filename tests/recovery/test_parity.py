"""Whichever engine drives the probe, a diagnosis says the same."""

from __future__ import annotations

from typing import Any

import pytest

from swdflash.links.engine import Engine
from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import diagnose
from swdflash.recovery.finding import Cause, Finding
from tests.recovery.scene import firmware, make_board, on_bench

BOARDS: list[tuple[str, dict[str, Any]]] = [
    ("swj_off", {}),
    ("swj_off", {"nrst_wired": False}),
    ("stop_wfi", {}),
    ("sleep", {}),
    ("iwdg_loop", {}),
    ("early_fault", {}),
    ("rdp1", {"rdp": 1}),
    ("blinky", {"boot0": 1}),
]


def diagnosed(name: str, options: dict[str, Any], engine: Engine) -> Finding:
    """A fresh board, through one engine."""
    with on_bench(make_board(name, **options), engine) as scene, Bench(scene.way) as bench:
        return diagnose(bench, firmware(name))


@pytest.mark.parametrize(
    ("name", "options"), BOARDS, ids=[" ".join([name, *how]) for name, how in BOARDS]
)
def test_both_engines_find_the_same(name: str, options: dict[str, Any]) -> None:
    by_pyocd, by_openocd = (
        diagnosed(name, options, engine) for engine in (Engine.PYOCD, Engine.OPENOCD)
    )
    assert by_openocd.cause is by_pyocd.cause
    assert by_openocd.proven is by_pyocd.proven
    assert by_openocd.also == by_pyocd.also
    assert by_openocd.advice == by_pyocd.advice
    assert by_openocd.left == by_pyocd.left
    assert tried(by_openocd) == tried(by_pyocd)
    assert by_openocd.would_prove == by_pyocd.would_prove
    assert measured(by_openocd) == measured(by_pyocd)


def test_a_bus_that_waits_is_silence_through_openocd() -> None:
    """It tells of a WAIT in its debug log only: less is found then, and nothing wrong is proven."""
    unwired = {"nrst_wired": False}
    by_pyocd, by_openocd = (
        diagnosed("sleep", unwired, engine) for engine in (Engine.PYOCD, Engine.OPENOCD)
    )
    assert (by_pyocd.cause, by_pyocd.proven) == (Cause.LOW_POWER, False)
    assert (by_openocd.cause, by_openocd.proven) == (Cause.NO_ANSWER, False)
    assert tried(by_openocd) == tried(by_pyocd)


def tried(finding: Finding) -> list[tuple[str, bool]]:
    """The rungs, and which of them worked."""
    return [(each.name, each.worked) for each in finding.rungs]


def measured(finding: Finding) -> list[str]:
    """What was looked at, in order; the engines put failures in words of their own."""
    return [each.what for each in finding.evidence]
