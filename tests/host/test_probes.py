from __future__ import annotations

import logging
from pathlib import Path
from unittest import mock

import libusb_package
import pytest
import usb.core

from swdflash.host import probes
from swdflash.host.errors import NoUsbLibrary
from swdflash.host.probes import Access, FoundProbe, find_probes
from swdflash.sim.faults import FaultPlan
from tests.links.usb_socket import OTHER_SERIAL, SERIAL, RamBoard, Wires, plugged_in

DENIED = FaultPlan.parse("denied")


def test_nothing_is_plugged_in() -> None:
    with plugged_in():
        assert find_probes() == ()


def test_probes_are_listed_by_product_and_serial() -> None:
    boards = [Wires("v3", OTHER_SERIAL), Wires("v2-1", OTHER_SERIAL), Wires("st-link-v2", SERIAL)]
    with plugged_in(*(RamBoard(wiring) for wiring in boards)):
        found = find_probes()
    assert [(probe.product, probe.uid) for probe in found] == [
        ("STLINK-V3", OTHER_SERIAL),
        ("STM32 STLink", SERIAL),
        ("STM32 STLink", OTHER_SERIAL),
    ]
    assert {probe.access for probe in found} == {Access.OK}
    assert found[1].via == f"pyocd:{SERIAL}"
    assert found[1].vendor == "STMicroelectronics"


def test_a_probe_without_permission_is_listed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "SYSFS", tmp_path)
    (tmp_path / "1-1").mkdir()
    (tmp_path / "1-1" / "serial").write_text(f"{SERIAL}\n")
    with plugged_in(RamBoard(), faults=DENIED):
        assert find_probes() == (
            FoundProbe(SERIAL, "", "ST-LINK/V2-1", "/dev/bus/usb/001/001", Access.DENIED),
        )


def test_a_serial_that_nobody_knows_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "SYSFS", tmp_path)
    with plugged_in(RamBoard(), faults=DENIED):
        assert [probe.uid for probe in find_probes()] == [""]


def test_devices_that_are_no_probes_are_not_listed() -> None:
    with plugged_in(RamBoard(), faults=DENIED) as socket:
        socket.plugs[0].probe.model = mock.Mock(wraps=socket.plugs[0].probe.model, pid=0x5740)
        socket.plugs[0].probe.model.speed = mock.Mock(code=2, packet=64)
        socket.plugs[0].probe.model.product = "STM32 Virtual ComPort"
        assert find_probes() == ()


def test_without_libusb_the_package_to_install_is_named() -> None:
    none = usb.core.NoBackendError("No backend available")
    with (
        mock.patch.object(libusb_package, "get_libusb1_backend", side_effect=none),
        mock.patch.object(usb.core, "find", side_effect=none),
        pytest.raises(NoUsbLibrary) as caught,
    ):
        probes._usb_devices()
    assert "libusb" in caught.value.explain().next[0]


def test_pyocd_speaks_through_our_log_only(capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[logging.LogRecord] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record)

    ear = Ear()
    root, ours = logging.getLogger(), logging.getLogger("swdflash.pyocd")
    root.addHandler(ear)
    try:
        with plugged_in(RamBoard(), faults=DENIED):
            find_probes()
            assert heard == []
            ours.setLevel(logging.DEBUG)
            find_probes()
            logging.getLogger("pyocd.probe").warning("a word of theirs")
    finally:
        root.removeHandler(ear)
        ours.setLevel(logging.NOTSET)
    assert {(record.name, record.levelno) for record in heard} == {
        ("swdflash.pyocd", logging.DEBUG)
    }
    assert heard[-1].getMessage() == "WARNING pyocd.probe: a word of theirs"
    assert capfd.readouterr() == ("", "")
