"""A long write that is lost in the middle of erasing, and of programming; and Ctrl-C by hand."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swdflash.sim.cables.plug import Plug
from tests.engines import ENGINES, WAYS
from tests.faults.bench import Bench, Outcome
from tests.faults.luck import Kind, watched
from tests.faults.refusal import must_explain
from tests.faults.scene import FLASH, Piece, Scene, random_bytes

FLASH_SIZE = 16 * 1024
STANDING_STILL = """
import io, sys
from swdflash.__main__ import main

class Stderr(io.TextIOWrapper):
    erasing = False

    def write(self, text):
        self.erasing = self.erasing or '"erase"' in text
        return super().write(text)

    def flush(self):
        super().flush()
        if self.erasing:
            sys.stdin.read()

sys.stderr = Stderr(sys.stderr.detach())
sys.exit(main())
"""  # once it says that it is erasing, until its stdin is closed
IMAGE = Piece(FLASH + 0x3F1, random_bytes(1, 13_999))  # all of flash but its ends
OTHER = Piece(FLASH + 0x101, random_bytes(2, 99))


@pytest.fixture(scope="module")
def _low_density(place: Path) -> Bench:
    return Bench("--chip", "STM32F103C4", "--uptime", "0")


@pytest.fixture(scope="module", params=WAYS, ids=ENGINES)
def scene(_low_density: Bench, request: pytest.FixtureRequest) -> Scene:
    _low_density.via = request.param
    return Scene(_low_density, random_bytes(7, FLASH_SIZE), IMAGE, OTHER)


@pytest.fixture(scope="module")
def middle(scene: Scene) -> dict[str, int]:
    """Transfers at which the chip is in the middle of erasing, and of programming."""
    first, last = slice(1024, 2048), slice(13 * 1024, 14 * 1024)  # pages that change altogether
    before, done = scene.before.flash, scene.image.on(scene.before.flash)
    found: dict[str, int] = {}

    def look(transfer: int, _plug: Plug) -> None:
        now = scene.bench.flash_under_way
        if now[first] != before[first] and now[last] == before[last]:
            found["erase"] = transfer
        if now[first] == done[first] and now[last] != done[last]:
            found["program"] = transfer

    with watched(look):
        assert scene.write().exit == 0
    scene.rewind()
    return found


@pytest.mark.parametrize("what", ["erase", "program"])
def test_killed_in_the_middle(scene: Scene, middle: dict[str, int], what: str) -> None:
    assert scene.cut_off(Kind.KILL, middle[what]) is None


@pytest.mark.parametrize("what", ["erase", "program"])
@pytest.mark.parametrize("kind", [Kind.UNPLUG, Kind.POWER_CUT])
def test_lost_in_the_middle(scene: Scene, middle: dict[str, int], what: str, kind: Kind) -> None:
    outcome = scene.cut_off(kind, middle[what])
    assert outcome is not None
    assert outcome.exit == 9
    error = must_explain(outcome)
    assert error["code"] == "write-cut-short"
    assert "same command again" in " ".join(error["next"])
    scene.must_tell_the_truth(outcome)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_from_outside(scene: Scene, number: signal.Signals) -> None:
    """As a terminal sends it, to a process of its own, in the middle of erasing."""
    scene.rewind()
    argv = [*scene.argv("image.bin", scene.image), "--progress", "json"]
    with subprocess.Popen(
        [sys.executable, "-c", STANDING_STILL, *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if '"erase"' in line:
                break
        process.send_signal(number)
        out, err = process.communicate()
    outcome = Outcome(process.returncode, out, err)
    assert outcome.exit == 130
    assert must_explain(outcome)["code"] == "write-interrupted"
    scene.must_tell_the_truth(outcome)
    scene.must_go_on()
