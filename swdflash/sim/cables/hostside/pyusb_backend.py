# ruff: noqa: ARG002, D102, N803 - names and words are those of usb.backend.IBackend
"""A pyusb backend over a `UsbBus`: what libusb would be to a program that uses pyusb."""

from __future__ import annotations

import errno
import os
from array import array
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from . import descriptors
from .usb import (
    ERROR_ACCESS,
    ERROR_BUSY,
    ERROR_IO,
    ERROR_NO_DEVICE,
    ERROR_NOT_FOUND,
    ERROR_PIPE,
    ERROR_TIMEOUT,
    Device,
    Setting,
    Setup,
    UsbBus,
    UsbFault,
)

ERRNO = {
    ERROR_IO: errno.EIO,
    ERROR_ACCESS: errno.EACCES,
    ERROR_NO_DEVICE: errno.ENODEV,
    ERROR_NOT_FOUND: errno.ENOENT,
    ERROR_BUSY: errno.EBUSY,
    ERROR_TIMEOUT: errno.ETIMEDOUT,
    ERROR_PIPE: errno.EPIPE,
}


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
            bDescriptorType=descriptors.DEVICE,
            bcdUSB=dev.usb,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=dev.vid,
            idProduct=dev.pid,
            bcdDevice=dev.release,
            iManufacturer=descriptors.MANUFACTURER,
            iProduct=descriptors.PRODUCT,
            iSerialNumber=descriptors.SERIAL,
            bNumConfigurations=1,
            bus=1,
            address=dev.address,
            port_number=dev.port,
            port_numbers=(dev.port,),
            speed=dev.speed,
        )

    def get_configuration_descriptor(self, dev: Device, config: int) -> SimpleNamespace:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=descriptors.CONFIGURATION,
            wTotalLength=len(descriptors.configuration_descriptor(dev)),
            bNumInterfaces=len(dev.interfaces),
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=dev.attributes,
            bMaxPower=dev.power_ma // 2,
            extra_descriptors=[],
        )

    def get_interface_descriptor(
        self, dev: Device, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        setting = self._setting(dev, intf, alt, config)
        usb_class, subclass, protocol = setting.usb_class
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=descriptors.INTERFACE,
            bInterfaceNumber=intf,
            bAlternateSetting=alt,
            bNumEndpoints=len(setting.endpoints),
            bInterfaceClass=usb_class,
            bInterfaceSubClass=subclass,
            bInterfaceProtocol=protocol,
            iInterface=descriptors.string_index(dev, intf, alt),
            extra_descriptors=list(setting.extra),
        )

    def get_endpoint_descriptor(
        self, dev: Device, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        endpoint = self._setting(dev, intf, alt, config).endpoints[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=descriptors.ENDPOINT,
            bEndpointAddress=endpoint.address,
            bmAttributes=descriptors.BULK,
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
        self._try(self._bus.choose, dev_handle.address, intf, altsetting)

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
        """An OUT's data comes in an array, an IN's goes into one."""
        setup = Setup(bmRequestType, bRequest, wValue, wIndex, len(data))
        answer = self._try(self._control, dev_handle, setup, bytes(data), timeout)
        if not setup.inward:
            return len(data)
        data[: len(answer)] = array("B", answer)
        return len(answer)

    def _control(self, dev: Device, setup: Setup, data: bytes, timeout_ms: int) -> bytes:
        if not descriptors.is_standard(setup):
            sent = b"" if setup.inward else data
            return self._bus.control(dev.address, setup, sent, timeout_ms)
        answer = descriptors.standard(dev, setup)
        if answer is None:
            raise UsbFault(ERROR_PIPE)
        return answer

    def clear_halt(self, dev_handle: Device, ep: int) -> None:
        return

    def reset_device(self, dev_handle: Device) -> None:
        return

    def is_kernel_driver_active(self, dev_handle: Device, intf: int) -> bool:
        return False

    def _setting(self, dev: Device, intf: int, alt: int, config: int) -> Setting:
        if config:
            raise IndexError(config)
        return dev.interfaces[intf].settings[alt]

    def _try(self, call: Any, *args: Any) -> Any:
        try:
            return call(*args)
        except UsbFault as fault:
            raise usb_error(fault) from None
