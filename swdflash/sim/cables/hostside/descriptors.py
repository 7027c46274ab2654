"""Descriptors as bytes, and the standard requests that ask for them (USB 2.0 §9.4, §9.6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .usb import KIND, STANDARD, Device, Interface, Setting, Setup

GET_STATUS, GET_DESCRIPTOR, GET_CONFIGURATION = 0, 6, 8
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
ENGLISH = 0x0409
BULK = 2
MANUFACTURER, PRODUCT, SERIAL, FIRST_SETTING = 1, 2, 3, 4  # indices of strings
LONGEST_STRING = 126  # UTF-16 units: bLength is a byte


def device_descriptor(device: Device) -> bytes:
    """18 bytes (table 9-8)."""
    return struct.pack(
        "<BBHBBBBHHHBBBB",
        18,
        DEVICE,
        device.usb,
        0,  # classes are in the interfaces
        0,
        0,
        64,
        device.vid,
        device.pid,
        device.release,
        MANUFACTURER,
        PRODUCT,
        SERIAL,
        1,
    )


def configuration_descriptor(device: Device) -> bytes:
    """The configuration with all that belongs to it (table 9-10)."""
    body = b"".join(
        setting_descriptor(number, alternate, string_index(device, number, alternate), setting)
        for number, interface in enumerate(device.interfaces)
        for alternate, setting in enumerate(interface.settings)
    )
    head = struct.pack(
        "<BBHBBBBB",
        9,
        CONFIGURATION,
        9 + len(body),
        len(device.interfaces),
        1,
        0,
        device.attributes,
        device.power_ma // 2,
    )
    return head + body


def setting_descriptor(number: int, alternate: int, name: int, setting: Setting) -> bytes:
    """An interface in one of its settings, and its endpoints (tables 9-12, 9-13)."""
    head = bytes(
        (9, INTERFACE, number, alternate, len(setting.endpoints), *setting.usb_class, name)
    )
    endpoints = b"".join(
        struct.pack("<BBBBHB", 7, ENDPOINT, each.address, BULK, each.packet, 0)
        for each in setting.endpoints
    )
    return head + setting.extra + endpoints


def string_index(device: Device, number: int, alternate: int) -> int:
    """Which string is a setting's name."""
    before = sum(len(interface.settings) for interface in device.interfaces[:number])
    return FIRST_SETTING + before + alternate


def string_descriptor(device: Device, index: int) -> bytes | None:
    """A string, or the languages there are (table 9-15); None where there is none."""
    texts = [device.manufacturer, device.product, device.serial, *_names(device.interfaces)]
    if index == 0:
        text = ENGLISH.to_bytes(2, "little")
    elif index <= len(texts):
        text = texts[index - 1][:LONGEST_STRING].encode("utf-16-le")
    else:
        return None
    return bytes((len(text) + 2, STRING)) + text


def _names(interfaces: tuple[Interface, ...]) -> Iterator[str]:
    return (setting.name for interface in interfaces for setting in interface.settings)


def is_standard(setup: Setup) -> bool:
    """Whether every device answers it."""
    return setup.request_type & KIND == STANDARD


def standard(device: Device, setup: Setup) -> bytes | None:
    """The answer to a standard request, cut to its length; None is a stall."""
    if not setup.inward:
        return b""
    answer: bytes | None = None
    if setup.request == GET_DESCRIPTOR:
        answer = _descriptor(device, setup.value >> 8, setup.value & 0xFF)
    elif setup.request == GET_CONFIGURATION:
        answer = b"\x01"
    elif setup.request == GET_STATUS:
        answer = bytes((device.attributes >> 6 & 1, 0))
    return None if answer is None else answer[: setup.length]


def _descriptor(device: Device, kind: int, index: int) -> bytes | None:
    if kind == STRING:
        return string_descriptor(device, index)
    if index:
        return None
    if kind == DEVICE:
        return device_descriptor(device)
    return configuration_descriptor(device) if kind == CONFIGURATION else None
