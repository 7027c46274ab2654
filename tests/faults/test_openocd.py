"""An OpenOCD that is missing, too old, wedged, killed, noisy, or not alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swdflash.errors import Exit
from tests.faults.bench import Bench, Outcome, command, surroundings
from tests.faults.openocd_bench import REAL, Program, struck_at
from tests.faults.scene import random_bytes

VIA = "openocd:sim:bench"
NOISE = random_bytes(7, 64 * 1024)
BLINKY = Path("examples/blinky/blinky.elf").resolve()
HOSTILE = 'a b[exec touch pwned]$x;"{.elf'

# What OpenOCD is told in the course of a write, and how the write ends.
STAGES = {
    "\nif {![llength": "openocd-gone",  # the first script of all
    "adapter speed": "openocd-gone",
    "init": "openocd-gone",
    "read_memory 0xe000ed00": "openocd-gone",  # CPUID
    "write_memory 0xe000edf0": "openocd-gone",  # halting the core
    "read_memory 0x8000000": "openocd-gone",  # comparing
    "flash probe": "write-cut-short",
    "flash erase_address": "write-cut-short",
    "flash write_bank": "write-cut-short",
}


@pytest.fixture(autouse=True)
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A board full of noise."""
    with surroundings(tmp_path):
        bench = Bench("--board", "bluepill", "--uptime", "0")
        bench.fill(NOISE)
        yield bench


@pytest.fixture
def openocd(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The real one, its process ids noted."""
    monkeypatch.setenv("SWDFLASH_OPENOCD_PATH", str(tmp_path / "openocd"))
    return Program.make(tmp_path, REAL)


def write(*more: str) -> Outcome:
    return command("write", str(BLINKY), "--via", VIA, "--json", *more)


def assert_written() -> None:
    """Flash holds the image: asked over the other engine."""
    assert command("verify", str(BLINKY), "--via", "pyocd:sim:bench").exit == Exit.DONE


@contextmanager
def under_way(bench: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """A write in a process of its own that has begun to change flash."""
    argv = [sys.executable, "-m", "swdflash", "write", str(BLINKY), "--via", VIA]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as process:
        try:
            while bench.flash_under_way == NOISE:
                assert process.poll() is None, process.stderr and process.stderr.read()
            yield process
        finally:
            process.kill()


def test_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_OPENOCD_PATH", "/nowhere/openocd")
    ended = write()
    assert ended.exit == Exit.NO_PROBE
    assert ended.error["code"] == "openocd-missing"


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "openocd").write_bytes(b"\0\1\2")
    (tmp_path / "openocd").chmod(0o755)
    monkeypatch.setenv("SWDFLASH_OPENOCD_PATH", str(tmp_path / "openocd"))
    assert write().error["code"] == "openocd-missing"


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("Open On-Chip Debugger 0.10.0", "openocd-too-old"),
        ("Open On-Chip Debugger 0.9.0-dev", "openocd-too-old"),
        ("hello", "openocd-not-started"),
    ],
)
def test_versions(says: str, code: str, openocd: Program) -> None:
    openocd.path.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    ended = write()
    assert ended.exit == Exit.NO_PROBE
    assert ended.error["code"] == code


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        (["echo 'Error: it is broken' >&2", "exit 1"], "openocd-not-started", "it is broken"),
        (["kill -SEGV $$"], "openocd-not-started", "SIGSEGV"),
        (
            [
                "exec >&2",
                "echo 'Error: bind tcl to socket on port 6666: Address already in use'",
                "exit 1",
            ],
            "openocd-not-started",
            "Address already in use",
        ),
        (
            ["echo 'Error: libusb_open() failed with LIBUSB_ERROR_ACCESS' >&2", "exit 1"],
            "no-permission",
            "LIBUSB_ERROR_ACCESS",
        ),
        (["exec >&2", "echo nothing", "exit 0"], "openocd-not-started", "status 0"),
    ],
)
def test_ends_at_the_start(
    lines: list[str], code: str, words: str, tmp_path: Path, openocd: Program
) -> None:
    Program.make(tmp_path, *lines)
    ended = write()
    assert ended.error["code"] == code
    assert words in ended.error["why"]
    openocd.assert_none_is_left()


def test_never_says_its_port(
    tmp_path: Path, openocd: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swdflash.links.openocd.process.START_S", 1.0)
    Program.make(tmp_path, "while :; do sleep 0.1; echo 'Info : waiting' >&2; done")
    assert write().error["code"] == "openocd-not-started"
    openocd.assert_none_is_left()


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
@pytest.mark.parametrize("stage", STAGES)
def test_wedged_or_gone(stage: str, number: signal.Signals, bench: Bench, openocd: Program) -> None:
    with struck_at(openocd, stage, number):
        ended = write("--no-recover")
    assert ended.exit == Exit.LINK_LOST
    assert ended.error["code"] == STAGES[stage]
    openocd.assert_none_is_left()
    if stage not in {"flash erase_address", "flash write_bank"}:
        assert bench.memory.flash == NOISE
    assert write().exit == Exit.DONE
    assert_written()


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_wedged_or_gone_at_the_end(number: signal.Signals, openocd: Program) -> None:
    with struck_at(openocd, "write_memory 0xe000ed0c 32 0x5fa0004", number):
        assert write().exit == Exit.LINK_LOST
    with struck_at(openocd, "shutdown", number):
        assert write().exit == Exit.DONE
    openocd.assert_none_is_left()
    assert_written()


def test_a_flood_on_stderr(tmp_path: Path, openocd: Program) -> None:
    """10 MB before it is of use, 10 MB while it works, in lines and in one that never ends."""
    flood = "yes 'Info : flooding' | head -c 10000000"
    endless = "head -c 10000000 /dev/zero | tr '\\0' x"
    Program.make(tmp_path, f"({flood}; {endless}; echo) >&2", f"({flood}) >&2 &", REAL)
    assert write().exit == Exit.DONE
    assert_written()
    openocd.assert_none_is_left()


@pytest.mark.parametrize("name", [HOSTILE, "[exec touch pwned]", "}; exec touch pwned; {", "-f"])
def test_hostile_names(
    name: str, tmp_path: Path, openocd: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the image, of the folder for temporary files, and of configurations."""
    folder = tmp_path / name
    folder.mkdir()
    image = folder / name
    image.write_bytes(BLINKY.read_bytes())
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert command("write", "--via", VIA, "--", str(image)).exit == Exit.DONE
    ended = command("info", "--via", VIA, "--openocd-target", name, "--json")
    assert ended.error["code"] == "openocd-not-started"
    ended = command("info", "--via", f"openocd:{name}.cfg", "--json")
    assert ended.error["code"] == "openocd-not-started"
    assert not list(tmp_path.rglob("pwned"))
    assert_written()


@pytest.mark.parametrize("stopped", [False, True])
def test_swdflash_killed(stopped: bool, bench: Bench, openocd: Program) -> None:
    """Nothing is left when swdflash had no chance to tidy up, however OpenOCD fares."""
    with under_way(bench) as swdflash:
        if stopped:
            openocd.signal(signal.SIGSTOP)
        swdflash.kill()
        openocd.assert_none_is_left(within_s=2.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_swdflash_interrupted(number: signal.Signals, bench: Bench, openocd: Program) -> None:
    with under_way(bench) as swdflash:
        swdflash.send_signal(number)
        assert swdflash.wait(30) in {Exit.INTERRUPTED, Exit.DONE}
        openocd.assert_none_is_left()
    assert write().exit == Exit.DONE
    assert_written()
