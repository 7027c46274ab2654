# ruff: noqa: ARG002, D102, N803 - names and words are those of usb.backend.IBackend
"""A pyusb backend over a `UsbBus`: what libusb would be to a program that uses pyusb."""

from __future__ import annotations

import errno
import os
from array import array
from types import SimpleNamespace
from typing import Any, NoReturn

import usb.backend
import usb.core

from .usb import (
    ERROR_ACCESS,
    ERROR_BUSY,
    ERROR_IO,
    ERROR_NO_DEVICE,
    ERROR_PIPE,
    ERROR_TIMEOUT,
    Device,
    UsbBus,
    UsbFault,
)

ERRNO = {
    ERROR_IO: errno.EIO,
    ERROR_ACCESS: errno.EACCES,
    ERROR_NO_DEVICE: errno.ENODEV,
    ERROR_BUSY: errno.EBUSY,
    ERROR_TIMEOUT: errno.ETIMEDOUT,
    ERROR_PIPE: errno.EPIPE,
}
GET_DESCRIPTOR, GET_STATUS = 6, 0
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
ENGLISH = 0x0409
BULK = 2


def usb_error(fault: UsbFault) -> usb.core.USBError:
    """The exception that pyusb's own libusb backend raises for this."""
    number = ERRNO.get(fault.code, errno.EIO)
    kind = usb.core.USBTimeoutError if fault.code == ERROR_TIMEOUT else usb.core.USBError
    return kind(os.strerror(number), fault.code, number)


class Backend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """`usb.backend.IBackend` for devices of one configuration and bulk endpoints."""

    def __init__(self, bus: UsbBus) -> None:
        self._bus = bus

    def enumerate_devices(self) -> list[Device]:
        return self._bus.devices()

    def get_parent(self, dev: Device) -> None:
        return None

    def get_device_descriptor(self, dev: Device) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=DEVICE,
            bcdUSB=0x0200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=dev.vid,
            idProduct=dev.pid,
            bcdDevice=dev.release,
            iManufacturer=1,
            iProduct=2,
            iSerialNumber=3,
            bNumConfigurations=1,
            bus=1,
            address=dev.address,
            port_number=dev.address,
            port_numbers=(dev.address,),
            speed=dev.speed,
        )

    def get_configuration_descriptor(self, dev: Device, config: int) -> SimpleNamespace:
        if config:
            raise IndexError(config)
        endpoints = sum(len(interface.endpoints) for interface in dev.interfaces)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=CONFIGURATION,
            wTotalLength=9 + 9 * len(dev.interfaces) + 7 * endpoints,
            bNumInterfaces=len(dev.interfaces),
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0x80,
            bMaxPower=150,
            extra_descriptors=[],
        )

    def get_interface_descriptor(
        self, dev: Device, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if config or alt or intf >= len(dev.interfaces):
            raise IndexError(intf)
        interface = dev.interfaces[intf]
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=INTERFACE,
            bInterfaceNumber=intf,
            bAlternateSetting=0,
            bNumEndpoints=len(interface.endpoints),
            bInterfaceClass=interface.usb_class,
            bInterfaceSubClass=0xFF,
            bInterfaceProtocol=0xFF,
            iInterface=4 + intf,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(
        self, dev: Device, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if config or alt:
            raise IndexError(ep)
        endpoint = dev.interfaces[intf].endpoints[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=ENDPOINT,
            bEndpointAddress=endpoint.address,
            bmAttributes=BULK,
            wMaxPacketSize=endpoint.packet,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    def open_device(self, dev: Device) -> Device:
        self._try(self._bus.open, dev.address)
        return dev

    def close_device(self, dev_handle: Device) -> None:
        self._try(self._bus.close, dev_handle.address)

    def set_configuration(self, dev_handle: Device, config_value: int) -> None:
        return

    def get_configuration(self, dev_handle: Device) -> int:
        return 1

    def set_interface_altsetting(self, dev_handle: Device, intf: int, altsetting: int) -> None:
        return

    def claim_interface(self, dev_handle: Device, intf: int) -> None:
        self._try(self._bus.claim, dev_handle.address, intf)

    def release_interface(self, dev_handle: Device, intf: int) -> None:
        self._try(self._bus.release, dev_handle.address, intf)

    def bulk_write(self, dev_handle: Device, ep: int, intf: int, data: Any, timeout: int) -> int:
        self._try(self._bus.bulk_out, dev_handle.address, ep, bytes(data))
        return len(data)

    def bulk_read(self, dev_handle: Device, ep: int, intf: int, buff: Any, timeout: int) -> int:
        got = self._try(self._bus.bulk_in, dev_handle.address, ep, len(buff), timeout)
        buff[: len(got)] = array("B", got)
        return len(got)

    def ctrl_transfer(
        self,
        dev_handle: Device,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: Any,
        timeout: int,
    ) -> int:
        if (bmRequestType, bRequest) != (0x80, GET_DESCRIPTOR) or wValue >> 8 != STRING:
            self._stall()
        text = self._string(dev_handle, wValue & 0xFF)
        answer = array("B", [len(text) + 2, STRING, *text])[: len(data)]
        data[: len(answer)] = answer
        return len(answer)

    def clear_halt(self, dev_handle: Device, ep: int) -> None:
        return

    def reset_device(self, dev_handle: Device) -> None:
        return

    def is_kernel_driver_active(self, dev_handle: Device, intf: int) -> bool:
        return False

    def _string(self, dev: Device, index: int) -> bytes:
        if index == 0:
            return ENGLISH.to_bytes(2, "little")
        names = [interface.name for interface in dev.interfaces]
        strings = [dev.manufacturer, dev.product, dev.serial, *names]
        if index > len(strings):
            self._stall()
        return strings[index - 1].encode("utf-16-le")

    def _stall(self) -> NoReturn:
        raise usb_error(UsbFault(ERROR_PIPE))

    def _try(self, call: Any, *args: Any) -> Any:
        try:
            return call(*args)
        except UsbFault as fault:
            raise usb_error(fault) from None
