"""A device node whose ioctls go to the virtual bus: what usbfs is to libusb."""

from __future__ import annotations

import errno
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gi  # type: ignore[import-not-found]

from . import descriptors, usbfs
from .pace import Pace
from .usb import ERROR_PIPE, IN, Device, Setup, UsbBus, UsbFault

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # type: ignore[import-not-found]  # noqa: E402

NOT_YET_S = 0.002  # between two looks at a transfer that has not ended
BULK_TIMEOUT_MS = 1000  # libusb keeps its timeouts to itself
SETUP_BYTES = 8


@dataclass
class Transfer:
    """One URB; `memory` is where the program has it."""

    memory: Any
    due: float  # by the wall clock
    status: int
    actual: int

    def tell(self) -> None:
        """Write into the program's memory how it ended."""
        self.memory.update(usbfs.URB_STATUS, list(struct.pack("<i", -self.status)))
        self.memory.update(usbfs.URB_ACTUAL_LENGTH, list(struct.pack("<i", self.actual)))


@dataclass
class Opened:
    """What one open file of the node has; `refused` is why every ioctl fails, if it does."""

    refused: int = 0
    claimed: set[int] = field(default_factory=set)
    transfers: list[Transfer] = field(default_factory=list)


class Node(UMockdev.IoctlBase):  # type: ignore[misc]  # without types
    """The node of one device; gone with it, for good."""

    def __init__(self, bus: UsbBus, device: Device, pace: Pace) -> None:
        super().__init__()
        self._bus, self._device, self._pace = bus, device, pace
        self._opened: dict[Any, Opened] = {}
        self._handlers: dict[int, Callable[[Opened, Any], int]] = {
            usbfs.GET_CAPABILITIES: self._capabilities,
            usbfs.GET_SPEED: lambda _opened, _argument: device.speed,
            usbfs.GET_DRIVER: self._no_driver,
            usbfs.SET_INTERFACE: self._set_interface,
            usbfs.CLAIM_INTERFACE: self._claim,
            usbfs.DISCONNECT_CLAIM: self._claim,
            usbfs.RELEASE_INTERFACE: self._release,
            usbfs.SUBMIT_URB: self._submit,
            usbfs.DISCARD_URB: self._discard,
            usbfs.REAP_URB: self._reap,
            usbfs.REAP_URB_NO_DELAY: self._reap_no_delay,
            usbfs.SET_CONFIGURATION: lambda _opened, _argument: 0,
            usbfs.CLEAR_HALT: lambda _opened, _argument: 0,
            usbfs.RESET: lambda _opened, _argument: 0,
        }

    def do_client_connected(self, client: Any) -> None:
        """The node was opened. It cannot be refused here, so all that is asked of it is."""
        self._opened[client] = Opened()
        try:
            self._bus.open(self._device.address)
        except UsbFault as fault:
            self._opened[client].refused = usbfs.REFUSED.get(fault.code, errno.EIO)

    def do_client_vanished(self, client: Any) -> None:
        """It was closed, perhaps by the program's end."""
        opened = self._opened.pop(client, Opened())
        for interface in opened.claimed:
            self._bus.release(self._device.address, interface)

    def do_handle_ioctl(self, client: Any) -> bool:
        """One ioctl: answered always, so that none reaches the mocked file itself."""
        opened = self._opened[client]
        handler = self._handlers.get(client.get_request() & 0xFFFF_FFFF)
        if opened.refused or handler is None:
            client.complete(-1, opened.refused or errno.ENOTTY)
            return True
        try:
            client.complete(handler(opened, client.get_arg()), 0)
        except UsbFault as fault:
            client.complete(-1, usbfs.REFUSED.get(fault.code, errno.EIO))
        except OSError as refused:
            client.complete(-1, refused.errno)
        return True

    def _capabilities(self, _opened: Opened, argument: Any) -> int:
        capabilities = struct.pack("<I", usbfs.CAP_REAP_AFTER_DISCONNECT)
        argument.resolve(0, 4).update(0, list(capabilities))
        return 0

    def _no_driver(self, _opened: Opened, _argument: Any) -> int:
        raise OSError(errno.ENODATA, "no driver has the interface")

    def _set_interface(self, _opened: Opened, argument: Any) -> int:
        interface, setting = struct.unpack("<II", argument.resolve(0, 8).retrieve())
        self._bus.choose(self._device.address, interface, setting)
        return 0

    def _claim(self, opened: Opened, argument: Any) -> int:
        (interface,) = struct.unpack("<I", argument.resolve(0, 4).retrieve())
        if interface not in opened.claimed:
            self._bus.claim(self._device.address, interface)
            opened.claimed.add(interface)
        return 0

    def _release(self, opened: Opened, argument: Any) -> int:
        (interface,) = struct.unpack("<I", argument.resolve(0, 4).retrieve())
        opened.claimed.discard(interface)
        self._bus.release(self._device.address, interface)
        return 0

    def _submit(self, opened: Opened, argument: Any) -> int:
        """The whole transfer, in virtual time; the program learns of it when that has passed."""
        memory = argument.resolve(0, usbfs.URB_BYTES)
        urb = usbfs.Urb.of(memory.retrieve())
        buffer = memory.resolve(usbfs.URB_BUFFER, urb.length) if urb.length else None
        status = actual = 0
        try:
            actual = self._pace.transfer(lambda: self._run(urb, buffer))
        except UsbFault as fault:
            status = usbfs.STATUS.get(fault.code, errno.EPROTO)
        if status == errno.ENODEV:
            raise OSError(status, "no such device")
        opened.transfers.append(Transfer(memory, self._pace.due(), status, actual))
        return 0

    def _run(self, urb: usbfs.Urb, buffer: Any) -> int:
        """Bytes of the data stage."""
        if urb.kind == usbfs.URB_CONTROL:
            return self._control(buffer)
        return self._bulk(urb, buffer)

    def _control(self, buffer: Any) -> int:
        sent = buffer.retrieve()
        setup = Setup(*struct.unpack("<BBHHH", sent[:SETUP_BYTES]))
        if not descriptors.is_standard(setup):
            data = b"" if setup.inward else sent[SETUP_BYTES : SETUP_BYTES + setup.length]
            answer = self._bus.control(self._device.address, setup, data, 0)
        else:
            told = descriptors.standard(self._device, setup)
            if told is None:
                raise UsbFault(ERROR_PIPE)
            answer = told
        if not setup.inward:
            return setup.length
        if answer:
            buffer.update(SETUP_BYTES, list(answer))
        return len(answer)

    def _bulk(self, urb: usbfs.Urb, buffer: Any) -> int:
        address = self._device.address
        if urb.endpoint & IN:
            answer = self._bus.bulk_in(address, urb.endpoint, urb.length, BULK_TIMEOUT_MS)
            if answer:
                buffer.update(0, list(answer))
            return len(answer)
        self._bus.bulk_out(address, urb.endpoint, buffer.retrieve() if buffer else b"")
        return urb.length

    def _discard(self, opened: Opened, argument: Any) -> int:
        """The program waits no longer; it reaps it all the same."""
        for transfer in opened.transfers:
            if transfer.memory.client_addr == argument.client_addr and transfer.due:
                transfer.due, transfer.status, transfer.actual = 0.0, errno.ENOENT, 0
                return 0
        raise OSError(errno.EINVAL, "no such URB")

    def _reap(self, opened: Opened, argument: Any) -> int:
        while True:
            try:
                return self._reap_no_delay(opened, argument)
            except BlockingIOError:
                continue

    def _reap_no_delay(self, opened: Opened, argument: Any) -> int:
        now = time.monotonic()
        for transfer in opened.transfers:
            if transfer.due <= now:
                opened.transfers.remove(transfer)
                transfer.tell()
                argument.resolve(0, 8).set_ptr(0, transfer.memory)
                return 0
        if opened.transfers:
            time.sleep(NOT_YET_S)
        raise BlockingIOError(errno.EAGAIN, "nothing has ended")
