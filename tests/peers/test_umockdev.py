"""`list` and `doctor` as nobody on a mocked machine; lsusb, st-info and pyOCD say what is there."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.peers.mocked_usb import (
    V21_SERIAL,
    Device,
    Interface,
    cmsis_dap,
    dfu,
    keyboard,
    run_on,
    st_link_v2,
    st_link_v3,
    st_link_v21,
)

pytestmark = pytest.mark.needs_root  # to become nobody

SWDFLASH = (sys.executable, "-m", "swdflash")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that nobody may use; pytest's own are closed to other users."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with tempfile.TemporaryDirectory(prefix="swdflash-") as made:
        Path(made).chmod(0o777)
        yield Path(made)


def listed(place: Path, devices: list[Device]) -> dict[str, Any]:
    ran = run_on(place, devices, *SWDFLASH, "list", "--json")
    assert ran.exit == 0, ran.err
    result: dict[str, Any] = json.loads(ran.out)["result"]
    return result


ALL = [st_link_v2(), st_link_v21(), st_link_v3(), cmsis_dap(), dfu(), keyboard()]


@dataclass(frozen=True)
class State:
    """How devices are on a machine, and what `list` and `doctor` must say of each of them."""

    alter: Callable[[Device], Device]
    access: str
    level: str
    mend: str
    port: tuple[str, str] = ("ok", "ok")  # access and level of the ST-Link V2-1's serial port


def as_nobody_may_use_it(device: Device) -> Device:
    ports = [replace(each, port_mode=0o666) for each in device.interfaces]
    return replace(device, mode=0o666, interfaces=ports)


def without_port_driver(device: Device) -> Device:
    """The V2-1's serial port is nobody's; the others have none."""
    bare = [replace(each, driver="", port="") for each in device.interfaces]
    return replace(device, mode=0o666, interfaces=bare)


STATES = {
    "ok": State(as_nobody_may_use_it, "ok", "ok", ""),
    "denied": State(
        lambda device: device,
        "permission denied",
        "bad",
        "swdflash udev install",
        ("permission denied", "bad"),
    ),
    "busy": State(
        lambda device: replace(as_nobody_may_use_it(device), held=True),
        "busy",
        "warning",
        "close that program",
        ("busy", "warning"),
    ),
    "driver missing": State(without_port_driver, "ok", "ok", "", ("driver missing", "bad")),
    "no node": State(
        lambda device: replace(as_nobody_may_use_it(device), mode=None),
        "no device node",
        "bad",
        "give the container the device: --device=/dev/bus/usb",
    ),
}
SUPPORTED = [st_link_v2(), st_link_v21(), st_link_v3(), cmsis_dap(), dfu()]


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_list_and_doctor_agree_in_every_state(place: Path, state: State) -> None:
    machine = [state.alter(device) for device in SUPPORTED]
    result = listed(place, machine)
    assert [each["access"] for each in result["probes"]] == [state.access] * 4
    assert [each["access"] for each in result["dfu"]] == [state.access]
    assert [each["access"] for each in result["ports"]] == [state.port[0]]
    for each in (*result["probes"], *result["dfu"]):
        assert [who["program"] for who in each["held_by"]] == ["cat"] * (state.access == "busy")

    ran = run_on(place, machine, *SWDFLASH, "doctor", "--json")
    checks = json.loads(ran.out)["result"]["checks"]
    said = {kind: [each for each in checks if each["check"] == kind] for kind in KINDS}
    assert {kind: [each["level"] for each in said[kind]] for kind in KINDS} == {
        "probe": [state.level] * 4,
        "port": [state.port[1]],
        "dfu": [state.level],
    }
    assert {each["mend"] for each in (*said["probe"], *said["dfu"])} == {state.mend}


KINDS = ("probe", "port", "dfu")


def test_what_nobody_may_open_is_listed_all_the_same(place: Path) -> None:
    result = listed(place, ALL)

    denied = {"permission denied"}
    assert {probe["access"] for probe in result["probes"]} == denied
    assert [(chip["serial"], chip["access"]) for chip in result["dfu"]] == [
        ("357834593436", "permission denied")
    ]
    lsusb = run_on(place, ALL, "lsusb")
    there = set(re.findall(r"ID 0483:(\w+)|ID (cafe)", lsusb.out))
    assert len(there) == len(result["probes"]) + len(result["dfu"])
    assert re.search("access error", run_on(place, ALL, "st-info", "--probe").err)
    blind = run_on(place, ALL, sys.executable, "-m", "pyocd", "list")
    assert "No available debug probes" in blind.out  # what swdflash must not say


def test_a_node_with_the_right_mode_is_ok(place: Path) -> None:
    result = listed(place, [st_link_v21(mode=0o666, port_mode=0o666), st_link_v3(mode=0o666)])
    assert {probe["access"] for probe in result["probes"]} == {"ok"}
    assert {probe["serial"] for probe in result["probes"]} == {
        V21_SERIAL,
        "003A00313438510234313939",
    }
    (port,) = result["ports"]
    assert (port["name"], port["serial"], port["access"]) == ("/dev/ttyACM0", V21_SERIAL, "ok")
    assert result["probes"][1]["ports"] == ["/dev/ttyACM0"]


def test_a_claimed_probe_is_busy(place: Path) -> None:
    claimed = [Interface((255, 255, 255), "usbfs")]
    device = Device(0x0483, 0x374F, b"STLINK-V3", b"3A", interfaces=claimed, mode=0o666)
    assert [probe["access"] for probe in listed(place, [device])["probes"]] == ["busy"]


def test_a_missing_node_and_a_missing_driver_are_told(place: Path) -> None:
    bare = Device(0x1A86, 0x7523, b"USB Serial", manufacturer=b"QinHeng")
    result = listed(place, [st_link_v2(mode=None), bare])
    assert [probe["access"] for probe in result["probes"]] == ["no device node"]
    assert [port["access"] for port in result["ports"]] == ["driver missing"]


def test_copies_with_one_serial_are_told_apart_by_socket(place: Path) -> None:
    result = listed(place, [st_link_v2(), st_link_v2()])
    assert [(probe["usb_path"], probe["duplicate_serial"]) for probe in result["probes"]] == [
        ("1-1", True),
        ("1-2", True),
    ]
    serial = result["probes"][0]["serial"]
    assert [probe["via"] for probe in result["probes"]] == [
        f"pyocd:{serial}?path=1-1",
        f"pyocd:{serial}?path=1-2",
    ]


HOSTILE = (
    b"two\nlines",
    b"\x1b[31mred\x1b]0;title\x07",
    b"\xff\xfe\x80",
    b"[bold red]x[/]",
    b"%n$(id)`id`;id",
    b"x" * 126,
)


def test_hostile_strings_break_no_line(place: Path) -> None:
    devices = [Device(0x0483, 0x374B, text, text, text) for text in HOSTILE]
    probes = listed(place, devices)["probes"]
    assert len(probes) == len(HOSTILE)
    for probe in probes:
        assert all(probe[key].isprintable() for key in ("product", "serial", "vendor", "via"))
    ran = run_on(place, devices, *SWDFLASH, "list")
    assert ran.exit == 0
    assert ran.out.replace("\n", "").isprintable()
    assert "[bold red]x[/]" in ran.out
    assert "'pyocd:%n$(id)`id`;id'" in ran.out


def test_commands_name_the_node_and_the_way_out(place: Path) -> None:
    for via in ("auto", f"pyocd:{V21_SERIAL}"):
        ran = run_on(place, [st_link_v21()], *SWDFLASH, "info", "--via", via, "--json")
        error = json.loads(ran.out)["error"]
        assert (ran.exit, error["code"]) == (4, "no-permission")
        assert "/dev/bus/usb/001/001 is crw-rw-r-- root:root" in error["why"]
        assert "swdflash udev install" in error["next"]
    ran = run_on(place, [keyboard()], *SWDFLASH, "info", "--json")
    assert (ran.exit, json.loads(ran.out)["error"]["code"]) == (3, "no-probe")


def test_the_doctor_says_what_is_shut_and_what_mends_it(place: Path) -> None:
    ran = run_on(place, ALL, *SWDFLASH, "doctor", "--json")
    document = json.loads(ran.out)
    assert (ran.exit, document["error"]["code"]) == (3, "machine-not-ready")
    bad = [each for each in document["result"]["checks"] if each["level"] == "bad"]
    assert {each["check"] for each in bad} == {"probe", "port", "dfu", "open"}
    assert {each["mend"] for each in bad} == {"swdflash udev install"}
    assert V21_SERIAL not in ran.out


def test_a_probe_that_another_program_has_is_busy_in_every_command(place: Path) -> None:
    claimed = [Interface((255, 255, 255), "usbfs")]
    device = Device(0x0483, 0x374B, b"STM32 STLink", b"066D", interfaces=claimed, mode=0o666)
    ran = run_on(place, [device], *SWDFLASH, "info", "--json")
    error = json.loads(ran.out)["error"]
    assert (ran.exit, error["code"]) == (3, "probe-busy")
    assert "a program of another user" in error["why"]


def test_plug_and_unplug_are_followed(place: Path) -> None:
    devices = [st_link_v3(mode=0o666), st_link_v2(mode=0o666, comes_and_goes=True)]
    ran = run_on(place, devices, *SWDFLASH, "list", "--watch", "--json")
    seen = [json.loads(line)["result"]["probes"] for line in ran.out.splitlines()]
    assert [[probe["usb_path"] for probe in probes] for probes in seen] == [
        ["1-1"],
        ["1-1", "1-2"],
        ["1-1"],
    ]
    assert ran.exit == 0, ran.err
