"""swdflash as a process at the ports that others use, and each reads what the other wrote."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from swdflash.sim.wiring import Line
from tests.peers.serial_line import Bench, bench, build_shim

WIRED: dict[str, Any] = {"boot0": 0, "serial_boot0": Line.RTS, "serial_nrst": Line.DTR}
OPTIONS = "?boot0=rts&nrst=dtr"
FLASH = "0x08000000"
VECTORS = b"\x00\x10\x00\x20\x01\x01\x00\x08"
IMAGE = VECTORS + random.Random(3).randbytes(20_000)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "image.bin").write_bytes(IMAGE)
    return tmp_path


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


def swdflash(line: Bench, *argv: str, shim: bool = True) -> str:
    """Run it; it must succeed."""
    ran = line.run(sys.executable, "-m", "swdflash", *argv, "--progress", "none", shim=shim)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def write(line: Bench, folder: Path, via: str, *, shim: bool = True) -> None:
    image = str(folder / "image.bin")
    swdflash(line, "write", image, "--address", FLASH, "--via", via, "--no-reset", shim=shim)
    assert line.flash(0, len(IMAGE)) == IMAGE


def test_a_port_with_parity_and_wires(shim: Path, state: Path) -> None:
    with bench(shim, **WIRED) as line:
        write(line, state, f"uart:{line.port}{OPTIONS}")
        told = swdflash(line, "info", "--via", f"uart:{line.port}{OPTIONS}")
    assert "STM32F103x8" in told


def test_a_bare_pseudo_terminal(shim: Path, state: Path) -> None:
    with bench(shim) as line:
        write(line, state, f"uart:{line.port}", shim=False)


@pytest.mark.parametrize("wired", [False, True], ids=["jumper", "wires"])
def test_by_rfc_2217(wired: bool, shim: Path, state: Path) -> None:
    with bench(shim, **(WIRED if wired else {})) as line:
        url = f"uart:rfc2217://127.0.0.1:{line.served.port}{OPTIONS if wired else ''}"
        write(line, state, url, shim=False)


def test_each_reads_what_the_other_wrote(shim: Path, state: Path) -> None:
    ours, theirs = state / "ours.bin", state / "theirs.bin"
    with bench(shim) as line:
        write(line, state, f"uart:{line.port}")
        ran = line.run(
            "stm32flash", "-b", "115200", "-r", str(theirs), "-S", f"{FLASH}:20480", line.port
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert theirs.read_bytes()[: len(IMAGE)] == IMAGE[: theirs.stat().st_size]
        other = random.Random(4).randbytes(8192)
        (state / "other.bin").write_bytes(other)
        ran = line.run(
            "stm32flash", "-b", "115200", "-w", str(state / "other.bin"), "-v", line.port
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        via = f"uart:{line.port}"
        swdflash(line, "read", FLASH, "8192", "-o", str(ours), "--via", via)
    assert ours.read_bytes() == other
