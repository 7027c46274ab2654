"""stm32loader, unmodified, with RTS and DTR wired; what it did is asked of the board."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from swdflash.sim.wiring import Line
from tests.peers.serial_line import Bench, bench, build_shim

KIB = 1024
# Its words: RESET active low on DTR, BOOT0 active high on RTS, both behind an inverting driver.
WIRED: dict[str, Any] = {"boot0": 0, "serial_boot0": Line.NOT_RTS, "serial_nrst": Line.DTR}
WIRINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "as it comes": (WIRED, []),
    "boot0 active low": (WIRED | {"serial_boot0": Line.RTS}, ["-B"]),
    "reset active high": (WIRED | {"serial_nrst": Line.NOT_DTR}, ["-R"]),
    "swapped": (WIRED | {"serial_boot0": Line.NOT_DTR, "serial_nrst": Line.RTS}, ["-s"]),
}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


def stm32loader(line: Bench, *options: str) -> str:
    """Run it; it must succeed."""
    program = [sys.executable, "-m", "stm32loader", "-n", "-f", "F1", "-p", line.port]
    ran = line.run(*program, *options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("wiring", WIRINGS)
def test_it_writes_and_verifies_by_its_own_lines(wiring: str, shim: Path, state: Path) -> None:
    wires, options = WIRINGS[wiring]
    image = random.Random(wiring).randbytes(8 * KIB)
    file = state / "image.bin"
    file.write_bytes(image)
    with bench(shim, **wires) as line:
        line.fill(bytes(64 * KIB))
        said = stm32loader(line, *options, "-e", "-w", "-v", str(file))
        assert "Verification OK" in said
        assert line.flash(0, 8 * KIB) == image
        assert line.flash(8 * KIB, 56 * KIB) == b"\xff" * 56 * KIB
        with line.served.life.turn:
            line.board.spend(0.01)
            assert not line.board.chip.rom.running  # it has let BOOT0 go, and reset the chip


def test_it_reads(shim: Path, state: Path) -> None:
    image, read = random.Random(1).randbytes(64 * KIB), state / "read.bin"
    with bench(shim, **WIRED) as line:
        line.fill(image)
        said = stm32loader(line, "-r", "-a", "0x08000000", "-l", "0x10000", str(read))
    assert read.read_bytes() == image
    assert "0x410" in said


def test_it_writes_at_another_rate(shim: Path, state: Path) -> None:
    image = random.Random(2).randbytes(16 * KIB)
    file = state / "image.bin"
    file.write_bytes(image)
    with bench(shim, **WIRED) as line:
        stm32loader(line, "-b", "230400", "-e", "-w", "-v", str(file))
        assert line.flash(0, 16 * KIB) == image
