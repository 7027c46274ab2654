from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

import pytest
import usb.core

from swdflash.links.dfu.endpoint import TIMEOUT_MS, UsbEndpoint
from swdflash.links.dfu.errors import DfuGarbled, DfuGone
from swdflash.links.dfu.requests import Request
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.usb_socket import UsbSocket
from tests.sim.cables.toy_usb import ToyUsbBoard


@pytest.fixture
def device() -> Iterator[Any]:
    board = ToyUsbBoard()
    board.spend(1)
    with Host(Hub([UsbSocket(board, board.usb)])):
        yield usb.core.find()


def test_requests_are_class_requests_to_the_interface(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DFU 1.1 §3: bmRequestType 0x21 and 0xA1, wIndex the interface."""
    endpoint = UsbEndpoint(device, 0, "chip")
    seen: list[tuple[object, ...]] = []

    def transfer(*setup: object, timeout: int) -> object:
        seen.append((*setup, timeout))
        data = setup[-1]
        return [1, 2] if isinstance(data, int) else len(data)  # type: ignore[arg-type]

    monkeypatch.setattr(device, "ctrl_transfer", transfer)
    endpoint.send(Request.DNLOAD, 7, b"data")
    assert endpoint.receive(Request.UPLOAD, 8, 2) == b"\1\2"
    assert seen == [(0x21, 1, 7, 0, b"data", TIMEOUT_MS), (0xA1, 2, 8, 0, 2, TIMEOUT_MS)]


def test_a_device_that_takes_less_is_told(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = UsbEndpoint(device, 0, "chip")
    monkeypatch.setattr(device, "ctrl_transfer", lambda *_setup, timeout: 3)
    with pytest.raises(DfuGarbled, match="3 of 4 bytes"):
        endpoint.send(Request.DNLOAD, 2, b"data")


def test_it_works_again_after_a_reset(device: Any) -> None:
    endpoint = UsbEndpoint(device, 0, "chip")
    endpoint.reset()
    assert len(endpoint.receive(Request.GETSTATUS, 0, 6)) == 6
    endpoint.close()
    endpoint.close()


def test_a_device_that_comes_back_as_another_is_gone(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = UsbEndpoint(device, 0, "chip")

    def reset() -> None:
        raise usb.core.USBError("Entity not found", -5, errno.ENOENT)

    monkeypatch.setattr(device, "reset", reset)
    with pytest.raises(DfuGone):
        endpoint.reset()


def test_a_device_that_nobody_has_configured_is_configured(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured: list[bool] = []

    def unconfigured() -> None:
        raise usb.core.USBError("Configuration not set")

    monkeypatch.setattr(device, "get_active_configuration", unconfigured)
    monkeypatch.setattr(device, "set_configuration", lambda: configured.append(True))
    UsbEndpoint(device, 0, "chip")
    assert configured == [True]
