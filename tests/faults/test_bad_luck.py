"""Probes that are not there, chips that do not let us: an exit code, words, and nothing touched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.plug import Plug
from swdflash.sim.chip import virtual_chip
from swdflash.sim.faults import ENVIRONMENT
from swdflash.sim.store import Store
from tests.faults.bench import NAME, Bench, command
from tests.faults.refusal import must_refuse
from tests.faults.scene import random_bytes

DUMP = "dump.bin"
COMMANDS = {
    "write": ("write", "image.bin@0x08001011"),
    "verify": ("verify", "image.bin@0x08001011"),
    "read": ("read", "0x08000000", "1k", "-o", DUMP),
    "backup": ("backup", DUMP),
    "erase": ("erase", "--chip", "--yes"),
    "info": ("info",),
    "reset": ("reset",),
}


@pytest.fixture(params=COMMANDS)
def argv(request: pytest.FixtureRequest, place: Path) -> Iterator[tuple[str, ...]]:
    """Each command that goes to a chip."""
    (place / "image.bin").write_bytes(random_bytes(1, 300))
    yield COMMANDS[request.param]
    assert not (place / DUMP).exists(), "no file is left of what was not read"


@contextmanager
def usb(*names: str) -> Iterator[None]:
    """The host's USB has the probes of these virtual boards, and no others."""
    with ExitStack() as held:
        boards = [VirtualBoard.of(held.enter_context(Store().open(name))) for name in names]
        for board in boards:
            board.boot()
        with Host(Hub([Plug(board) for board in boards])):
            yield


def test_no_probe(bench: Bench, argv: Sequence[str]) -> None:
    with usb():
        must_refuse(bench, *argv, code="no-probe", exit_code=3)


def test_no_such_probe(bench: Bench, argv: Sequence[str]) -> None:
    with usb():
        error = must_refuse(bench, *argv, "--via", "pyocd:0123", code="no-probe", exit_code=3)
    assert "0123" in error["why"]


def test_two_probes_and_none_chosen(bench: Bench, argv: Sequence[str]) -> None:
    serials = []
    for name in ("left", "right"):
        if name not in Store().names():
            command("sim", "new", name, "--board", "bluepill", "--uptime", "0")
        serials.append(Store().read(name).wiring.serial)
    with usb("left", "right"):
        error = must_refuse(bench, *argv, code="several-probes", exit_code=2)
    for serial, choice in zip(serials, error["next"], strict=True):
        assert choice.startswith(f"--via pyocd:{serial}")


def test_no_such_board(bench: Bench, argv: Sequence[str]) -> None:
    must_refuse(bench, *argv, "--via", "sim:nobody", code="no-such-board", exit_code=3)


@contextmanager
def held_by_another_process() -> Iterator[None]:
    """Another process has the board open, as long as the context lasts."""
    opened, done = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(done[1])
            with Store().open(NAME):
                os.write(opened[1], b"!")
                os.read(done[0], 1)
        finally:
            os._exit(0)
    try:
        os.close(done[0])
        assert os.read(opened[0], 1) == b"!"
        yield
    finally:
        os.close(done[1])
        os.waitpid(child, 0)
        os.close(opened[0])
        os.close(opened[1])


def test_the_board_is_in_use(bench: Bench, argv: Sequence[str]) -> None:
    before = bench.memory
    with held_by_another_process():
        told = command(*argv, "--via", bench.via, "--json")
    assert (told.error["code"], told.exit) == ("board-busy", 3)
    assert bench.memory == before


AT_THE_PROBE = {
    "busy": ("probe-busy", 3),
    "denied": ("no-permission", 4),
    "unplug@1": ("link-lost", 9),
    "power-cut@1": ("no-target-voltage", 5),
}
BEHIND_A_SERVER = AT_THE_PROBE | {"denied": ("no-probe", 3)}  # it lists what it may open


@pytest.mark.parametrize("luck", AT_THE_PROBE)
def test_at_the_probe(
    bench: Bench, argv: Sequence[str], luck: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = BEHIND_A_SERVER if bench.via.startswith("openocd:") else AT_THE_PROBE
    code, exit_code = expected[luck]
    monkeypatch.setenv(ENVIRONMENT, luck)
    must_refuse(bench, *argv, "--via", bench.via, code=code, exit_code=exit_code)


@pytest.mark.parametrize("volts", ["0", "0.9"])
def test_a_target_without_power(bench: Bench, argv: Sequence[str], volts: str) -> None:
    assert command("sim", "set", NAME, "--vtarget", volts).exit == 0
    must_refuse(bench, *argv, "--via", bench.via, code="no-target-voltage", exit_code=5)


@pytest.mark.parametrize("name", ["write", "verify", "read", "backup", "erase"])
def test_read_protected_flash(bench: Bench, place: Path, name: str) -> None:
    (place / "image.bin").write_bytes(random_bytes(1, 300))
    assert command("sim", "set", NAME, "--rdp", "1").exit == 0
    argv = COMMANDS[name]
    must_refuse(bench, *argv, "--via", bench.via, code="read-protected", exit_code=6)
    assert command("info", "--via", bench.via).exit == 0, "and what can be said is said"
    assert not (place / DUMP).exists()


WRP0 = 0x800 + 8  # of the information block: option bytes, WRP0 and its complement (PM0075 §2.2)


def protect_pages_4_to_7(bench: Bench) -> None:
    block = bytearray(bench.memory.options)
    block[WRP0 : WRP0 + 2] = b"\xfd\x02"
    bench.memory = replace(bench.memory, options=bytes(block))


@pytest.mark.parametrize(
    "argv",
    [
        ("write", "image.bin@0x08001011"),  # within them
        ("write", "image.bin@0x08000f00"),  # page 3, which is free, and page 4
        ("write", "image.bin@0x08001f00"),
        ("write", "--erase", "chip", "image.bin@0x08004000"),  # free itself
        ("erase", "--yes", "--range", "0x08000c00:2k"),
        ("erase", "--yes", "--chip"),
    ],
    ids=" ".join,
)
def test_write_protected_pages(bench: Bench, place: Path, argv: Sequence[str]) -> None:
    (place / "image.bin").write_bytes(random_bytes(1, 300))
    protect_pages_4_to_7(bench)
    code = "pages-write-protected"
    error = must_refuse(bench, *argv, "--via", bench.via, code=code, exit_code=6)
    assert "0x0800" in error["what"] + error["why"]


def test_other_pages_can_be_written(bench: Bench, place: Path) -> None:
    (place / "image.bin").write_bytes(random_bytes(1, 300))
    protect_pages_4_to_7(bench)
    assert command("write", "image.bin@0x08002000", "--via", bench.via).exit == 0


@contextmanager
def chips_with_dev_id(dev_id: int) -> Iterator[None]:
    """What DBGMCU_IDCODE and the ROM table say is not in any manual."""
    read_chip = Store._chip

    def chip(store: Store, *args: object) -> object:
        return replace(read_chip(store, *args), dev_id=dev_id)  # type: ignore[arg-type]

    with (
        mock.patch.object(Store, "_chip", chip),
        mock.patch.object(virtual_chip, "newest_rev_id", return_value=0x1000),
    ):
        yield


def test_an_unknown_chip(bench: Bench, argv: Sequence[str]) -> None:
    with chips_with_dev_id(0x7A5):
        error = must_refuse(bench, *argv, "--via", bench.via, code="unknown-chip", exit_code=10)
    assert "0x100007a5" in error["why"]


def test_no_place_for_a_journal(bench: Bench, place: Path) -> None:
    """Nothing is erased before the bytes to be kept are safe."""
    (place / "image.bin").write_bytes(random_bytes(1, 300))
    write = ("write", "image.bin@0x08001011", "--via", bench.via)
    journals = bench.state / "journals"
    if journals.is_dir():
        journals.rmdir()
    journals.write_text("a file where a folder belongs")
    must_refuse(bench, *write, code="journal-not-written", exit_code=10)
    journals.unlink()
    assert command(*write).exit == 0
