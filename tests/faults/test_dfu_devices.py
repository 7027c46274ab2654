"""Several devices on USB that speak DFU, one of which may be meant; and some that are no ROM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from swdflash.errors import Exit
from swdflash.host import sysfs
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.usb_socket import UsbSocket
from swdflash.sim.faults import ENVIRONMENT, NO_FAULTS
from swdflash.sim.opening import booted
from swdflash.sim.store import Store
from tests.faults.bench import Bench, command, surroundings
from tests.faults.refusal import must_explain
from tests.faults.rom_bench import data_file, refused, rom_bench
from tests.faults.scene import random_bytes
from tests.host.usb_tree import UsbTree

NAMES = ("first", "second")
SIZE = 3000
AT = 0x401  # in flash


@pytest.fixture(autouse=True)
def _own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose kernel tells of nothing: what is on USB is found by libusb alone."""
    tree = UsbTree(tmp_path)
    monkeypatch.setattr(sysfs, "SYS", tree.sys)
    monkeypatch.setattr(sysfs, "DEV", tree.dev)
    with surroundings(tmp_path):
        yield


@contextmanager
def two_on_usb(chip: str) -> Iterator[dict[str, str]]:
    """Two boards in their ROM on one bus; the serial number of each."""
    for name in NAMES:
        made = command("sim", "new", name, "--chip", chip, "--boot0", "1", "--uptime", "0.5")
        assert made.exit == 0, made.err
    with ExitStack() as held:
        boards = [held.enter_context(booted(name)) for name in NAMES]
        serials = {}
        sockets = []
        for name, board in zip(NAMES, boards, strict=True):
            assert board.usb is not None
            serials[name] = board.usb.identity.serial
            sockets.append(UsbSocket(board, board.usb, NO_FAULTS))
        held.enter_context(Host(Hub(sockets)))
        yield serials


def flash_of(name: str) -> bytes:
    with Store().open(name) as kept:
        return bytes(kept.nonvolatile.flash[: 64 * 1024])


def must_hold_it(name: str) -> None:
    """The data, and nothing beside it."""
    wanted = b"\xff" * AT + random_bytes(5, SIZE)
    assert flash_of(name) == wanted.ljust(64 * 1024, b"\xff")


@pytest.mark.parametrize("chip", ["STM32F405RG", "STM32F072RB"])
def test_two_and_none_chosen_are_listed_each_with_its_way(chip: str, tmp_path: Path) -> None:
    with two_on_usb(chip) as serials:
        told = command("write", data_file(tmp_path), "--via", "dfu:", "--json")
    error = must_explain(told)
    assert (error["code"], told.exit) == ("several-dfu-devices", 2)
    if len(set(serials.values())) == len(NAMES):
        for step, serial in zip(sorted(error["next"]), sorted(serials.values()), strict=True):
            assert step.startswith(f"--via dfu:{serial} ")
    else:  # every STM32F072 says the same
        for step, path in zip(error["next"], ("1-1", "1-2"), strict=True):
            assert f"?path={path}" in step
    assert [flash_of(name) for name in NAMES] == [b"\xff" * 64 * 1024] * 2


def test_one_of_two_is_chosen_by_its_serial_number(tmp_path: Path) -> None:
    with two_on_usb("STM32F405RG") as serials:
        argv = ("write", data_file(tmp_path, SIZE), "--via", f"dfu:{serials['second']}")
        assert command(*argv).exit == Exit.DONE
    assert flash_of("first") == b"\xff" * 64 * 1024
    must_hold_it("second")


def test_one_of_two_is_chosen_by_its_socket(tmp_path: Path) -> None:
    with two_on_usb("STM32F072RB"):
        argv = ("write", data_file(tmp_path, SIZE), "--via", "dfu:?path=1-2")
        assert command(*argv).exit == Exit.DONE
    assert flash_of("first") == b"\xff" * 64 * 1024
    must_hold_it("second")


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with two_on_usb("STM32F072RB"):
        told = command("write", data_file(tmp_path), "--via", "dfu:357834593436", "--json")
    error = must_explain(told)
    assert (error["code"], told.exit) == ("no-dfu-device", 3)
    assert "FFFFFFFEFFFF at USB 1-1" in error["why"]


def test_firmware_that_answers_dfu_is_told_from_the_rom(tmp_path: Path) -> None:
    bench = Bench("--chip", "STM32F405RG", "--usb-firmware")
    bench.via = "dfu:sim:bench"
    for argv in (("write", data_file(tmp_path)), ("info",), ("erase", "--chip", "--yes")):
        error = refused(bench, *argv, code="unknown-dfu-layout", exit_code=10)
    assert "firmware that speaks DFU itself" in error["why"]
    assert "BOOT0 high" in error["next"][0]


@pytest.mark.parametrize(
    ("soldered", "why"),
    [(("--boot0", "0"), "BOOT0"), (("--hse", "0"), "crystal"), (("--no-usb",), "cable")],
)
def test_none_is_there(soldered: tuple[str, ...], why: str, tmp_path: Path) -> None:
    bench = rom_bench("dfu", "STM32F405RG", *soldered)
    error = refused(bench, "write", data_file(tmp_path), code="no-dfu-device", exit_code=3)
    assert why in " ".join(error["next"])


@pytest.mark.parametrize(
    ("fault", "code", "exit_code"), [("busy", "dfu-busy", 3), ("denied", "no-permission", 4)]
)
def test_one_in_use_or_forbidden(
    fault: str, code: str, exit_code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = rom_bench("dfu", "STM32F405RG")
    monkeypatch.setenv(ENVIRONMENT, fault)
    refused(bench, "write", data_file(tmp_path), code=code, exit_code=exit_code)
