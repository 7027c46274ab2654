"""`--via auto` where no probe is plugged in: the only chip in DFU mode, and never a guess."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.host import attached, probes
from swdflash.host.access import Access
from swdflash.host.found import FoundDfu, FoundProbe
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.usb_socket import UsbSocket
from swdflash.sim.opening import booted
from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema
from tests.doctor.machines import PROBE, SHUT

CHIP = FoundDfu("357834593436", "STM32 BOOTLOADER", "1-6")
OTHER = FoundDfu("205834865852", "STM32 BOOTLOADER", "1-7")
NAME = "bare"


class Desk:
    """What is plugged in, as `swdflash list` finds it."""

    def __init__(self) -> None:
        self.probes: tuple[FoundProbe, ...] = ()
        self.dfu: tuple[FoundDfu, ...] = ()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    monkeypatch.setattr(probes, "find_probes", lambda: made.probes)
    monkeypatch.setattr(attached, "find_dfu", lambda _devices: made.dfu)
    return made


@contextmanager
def bare_chip(swdflash: Run, *, denied: bool = False) -> Iterator[FoundDfu]:
    """An STM32F405 with BOOT0 high, with its own USB plugged in and no probe."""
    soldered = ("--chip", "STM32F405RG", "--boot0", "1", "--uptime", "0.5")
    assert swdflash("sim", "new", NAME, *soldered).exit == 0
    with booted(NAME) as board:
        assert board.usb is not None
        socket = UsbSocket(board, board.usb)
        socket.denied = denied
        with Host(Hub([socket])):
            yield replace(CHIP, serial=board.usb.identity.serial)


def flash() -> bytes:
    with Store().open(NAME) as kept:
        return bytes(kept.nonvolatile.flash[:1024])


def test_the_only_chip_in_dfu_mode_is_written(swdflash: Run, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(range(100)))
    with bare_chip(swdflash) as chip:
        desk.dfu = (chip,)
        told = swdflash("write", "data.bin@0x08000200", "--json")
    assert told.exit == 0, told.out
    must_match_its_schema(told.document)
    assert told.document["result"]["link"]["via"] == f"dfu:{chip.serial}"
    assert told.document["warnings"][0]["code"] == "no-probe-but-dfu"
    assert flash()[0x200 : 0x200 + 100] == bytes(range(100))


def test_people_are_told_which_it_is(swdflash: Run, desk: Desk) -> None:
    with bare_chip(swdflash) as chip:
        desk.dfu = (chip,)
        told = swdflash("info")
    assert told.exit == 0
    assert f"taking the only chip in DFU mode, dfu:{chip.serial}" in told.err


@pytest.mark.parametrize(
    ("chips", "ways"),
    [
        ((CHIP, OTHER), (f"dfu:{CHIP.serial} ", f"dfu:{OTHER.serial} ")),
        (
            (CHIP, replace(CHIP, usb_path="1-7")),
            (f"'dfu:{CHIP.serial}?path=1-6' ", f"'dfu:{CHIP.serial}?path=1-7' "),
        ),
    ],
    ids=["two", "two-of-one-serial-number"],
)
def test_two_are_listed(
    swdflash: Run, desk: Desk, chips: tuple[FoundDfu, ...], ways: tuple[str, ...]
) -> None:
    desk.dfu = chips
    told = swdflash("info", "--json")
    assert told.exit == 2
    must_match_its_schema(told.document)
    error = told.document["error"]
    assert error["code"] == "several-dfu-devices"
    for step, way in zip(error["next"], ways, strict=True):
        assert step.startswith(f"--via {way}")


@pytest.mark.parametrize(
    ("probe", "code", "exit_code"),
    [(PROBE, "no-probe", 3), (SHUT, "no-permission", 4)],
    ids=["one-that-can-be-opened", "one-that-cannot"],
)
def test_a_probe_wins(
    swdflash: Run, desk: Desk, probe: FoundProbe, code: str, exit_code: int
) -> None:
    """The first of them is gone when it is opened: it was tried."""
    desk.probes, desk.dfu = (probe,), (CHIP,)
    told = swdflash("info", "--json")
    assert (told.document["error"]["code"], told.exit) == (code, exit_code)


def test_neither_is_there(swdflash: Run, desk: Desk) -> None:
    told = swdflash("info", "--json")
    error = told.document["error"]
    assert (error["code"], told.exit) == ("no-probe", 3)
    assert any("BOOT0 high" in step for step in error["next"])


def test_one_that_may_not_be_opened_is_named(swdflash: Run, desk: Desk) -> None:
    with bare_chip(swdflash, denied=True) as chip:
        desk.dfu = (replace(chip, access=Access.DENIED),)
        told = swdflash("info", "--json")
    assert (told.document["error"]["code"], told.exit) == ("no-permission", 4)


def test_a_way_that_is_named_is_not_guessed_at(swdflash: Run, desk: Desk) -> None:
    desk.dfu = (CHIP,)
    told = swdflash("info", "--via", "pyocd:ABSENT", "--json")
    assert told.document["error"]["code"] == "no-probe"


def test_what_takes_a_debug_port_asks_for_a_probe(swdflash: Run, desk: Desk) -> None:
    desk.dfu = (CHIP,)
    told = swdflash("reset", "--json")
    assert told.document["error"]["code"] == "no-probe"
