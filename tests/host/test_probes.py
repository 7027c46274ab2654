from __future__ import annotations

import logging
from unittest import mock

import libusb_package
import pytest
import usb.core

from swdflash.host import probes
from swdflash.host.access import Access
from swdflash.host.errors import NoUsbLibrary
from swdflash.host.probes import find_probes
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


def test_a_probe_that_only_libusb_sees_is_listed_without_permission() -> None:
    with plugged_in(RamBoard(), faults=DENIED):
        (found,) = find_probes()
    assert (found.product, found.access, found.uid) == ("ST-LINK/V2-1", Access.DENIED, "")
    assert found.obstacle == "/dev/bus/usb/001/001"


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
