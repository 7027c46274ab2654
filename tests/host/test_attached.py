from __future__ import annotations

import os
import time

import pytest

from swdflash.host import attached, sysfs
from swdflash.host.access import Access
from swdflash.host.attached import find_dfu, find_ports, sight
from swdflash.host.found import FoundProbe
from swdflash.host.probes import is_probe, told_by_sysfs
from tests.host.usb_tree import UsbTree

V2, V21, DFU = (0x0483, 0x3748), (0x0483, 0x374B), (0x0483, 0xDF11)
SERIAL = b"066DFF535554877567133421"
VENDOR, CDC, DATA = (255, 255, 255), (2, 2, 1), (10, 0, 0)


def probes() -> list[FoundProbe]:
    return list(told_by_sysfs(device for device in sysfs.usb_devices() if is_probe(device)))


def test_a_probe_and_its_own_port(tree: UsbTree) -> None:
    tree.plug("1-1.4", V21, product=b"STM32 STLink", serial=SERIAL)
    tree.interface("1-1.4", 0, VENDOR)
    port = tree.port(tree.interface("1-1.4", 2, CDC, driver="cdc_acm"), "ttyACM0")

    (probe,) = probes()
    (found,) = find_ports(sysfs.usb_devices())

    assert (probe.via, probe.usb_path) == (f"pyocd:{SERIAL.decode()}", "1-1.4")
    assert probe.access is Access.OK
    assert (found.name, found.serial, found.usb_path) == (str(port), probe.uid, "1-1.4")
    assert found.is_probe


def test_the_serial_of_an_old_st_link_is_spelled_as_everybody_does(tree: UsbTree) -> None:
    tree.plug("1-1", V2, serial="Wÿp\x06IuPS\x11#Q\x87".encode())
    assert probes()[0].uid == "57FF70064975505311235187"


def test_hubs_keyboards_and_chips_in_dfu_mode_are_no_probes(tree: UsbTree) -> None:
    tree.plug("1-1", (0x05E3, 0x0608), device_class=9)
    tree.plug("1-2", (0x046D, 0xC31C), product=b"USB Keyboard")
    tree.plug("1-3", DFU, serial=b"357834593436")
    assert probes() == []
    assert [chip.serial for chip in find_dfu(sysfs.usb_devices())] == ["357834593436"]


def test_any_device_that_calls_itself_cmsis_dap_is_a_probe(tree: UsbTree) -> None:
    tree.plug("1-1", (0xCAFE, 0x4001), product=b"Someone's CMSIS-DAP")
    assert [probe.kind for probe in probes()] == ["CMSIS-DAP"]


def test_an_interface_that_a_program_has_claimed_makes_a_probe_busy(tree: UsbTree) -> None:
    tree.plug("1-1", V21, serial=SERIAL)
    tree.interface("1-1", 0, VENDOR, driver="usbfs")
    assert probes()[0].access is Access.BUSY
    assert probes()[0].obstacle == "a program of another user"


def test_a_node_that_is_not_there_is_told(tree: UsbTree) -> None:
    tree.plug("1-1", V21, serial=SERIAL, mode=None)
    assert probes()[0].access is Access.NO_NODE


def test_a_port_without_its_driver_is_told(tree: UsbTree) -> None:
    tree.plug("1-1", (0x1A86, 0x7523), product=b"USB Serial")
    tree.interface("1-1", 0, VENDOR)
    (port,) = find_ports(sysfs.usb_devices())
    assert (port.name, port.access, port.product) == ("", Access.NO_DRIVER, "USB Serial")


@pytest.mark.parametrize(
    "hostile",
    [
        b"two\nlines",
        b"\x1b[31mred\x1b[0m",
        b"\xff\xfe\x80 not utf-8",
        b"[bold]markup[/bold]",
        b"%n %s $(reboot) `reboot`",
        "right\N{RIGHT-TO-LEFT OVERRIDE}to left".encode(),
        b"x" * 126,
        b"\x00\x07\x08",
    ],
)
def test_hostile_names_are_one_line_of_printable_text(tree: UsbTree, hostile: bytes) -> None:
    tree.plug("1-1", V21, product=hostile, serial=hostile)
    (probe,) = probes()
    for text in (probe.product, probe.uid, probe.via):
        assert text.isprintable()
        assert len(text) <= 126 + len("pyocd:")


def test_a_device_that_is_gone_halfway_is_left_out(tree: UsbTree) -> None:
    tree.plug("1-1", V21, serial=SERIAL)
    (tree.sys / "bus/usb/devices/1-1/devnum").unlink()
    assert sysfs.usb_devices() == ()


def test_places_for_uarts_without_uarts_are_no_ports(tree: UsbTree) -> None:
    for name, kind in (("ttyS0", "4"), ("ttyS1", "0"), ("tty1", None)):
        (tree.sys / "class/tty" / name).mkdir()
        if kind is not None:
            (tree.sys / "class/tty" / name / "type").write_text(f"{kind}\n")
    assert [port.name for port in sysfs.serial_ports()] == ["ttyS0"]


def test_a_plug_changes_what_is_in_sight(tree: UsbTree) -> None:
    before = sight()
    tree.plug("1-1", V21, serial=SERIAL)
    assert sight() != before
    plugged = sight()
    os.chmod(tree.dev / "bus/usb/001/001", 0o666)  # noqa: PTH101
    assert sight() != plugged


def test_a_j_link_is_called_as_its_own_software_does(tree: UsbTree) -> None:
    tree.plug("1-1", (0x1366, 0x0101), serial=b"000123456789")
    assert probes()[0].uid == "123456789"


def test_a_change_is_waited_for(tree: UsbTree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.plug("1-1", V21, serial=SERIAL)
    before = attached.find_attached()
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            tree.plug("1-2", DFU, serial=b"357834593436")

    monkeypatch.setattr(time, "sleep", sleep)
    after = attached.await_change(before)
    assert [chip.usb_path for chip in after.dfu] == ["1-2"]
    assert after.probes == before.probes
    assert len(naps) == 2


def test_a_change_before_the_wait_is_not_missed(
    tree: UsbTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.plug("1-1", V21, serial=SERIAL)
    before = attached.find_attached()
    tree.plug("1-2", DFU, serial=b"357834593436")
    monkeypatch.delattr(time, "sleep")
    assert [chip.usb_path for chip in attached.await_change(before).dfu] == ["1-2"]
