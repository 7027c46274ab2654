"""What a host reads of a device; that libusb reads the same is for lsusb and dfu-util to say."""

from __future__ import annotations

import pytest

from swdflash.sim.cables.hostside import descriptors
from swdflash.sim.cables.hostside.usb import Device, Endpoint, Interface, Setting, Setup

DEVICE = Device(
    address=4,
    port=2,
    vid=0x0483,
    pid=0xDF11,
    release=0x2200,
    speed=2,
    manufacturer="Maker",
    product="Product",
    serial="123",
    interfaces=(
        Interface(
            (Setting("one", (0xFE, 1, 2)), Setting("two", (0xFE, 1, 2), extra=b"\x03\x21\x00"))
        ),
        Interface((Setting("three", (255, 255, 255), (Endpoint(0x81, 64),)),)),
    ),
)


def get(kind: int, index: int = 0, length: int = 255) -> bytes | None:
    return descriptors.standard(DEVICE, Setup(0x80, 6, kind << 8 | index, 0, length))


def test_the_configuration_has_everything_in_its_order() -> None:
    whole = get(2)
    assert whole is not None
    assert int.from_bytes(whole[2:4], "little") == len(whole)
    kinds, at = [], 0
    while at < len(whole):
        kinds.append(whole[at + 1])
        at += whole[at]
    assert kinds == [2, 4, 4, 0x21, 4, 5]


def test_each_setting_has_a_string_of_its_own() -> None:
    places = ((0, 0), (0, 1), (1, 0))
    indices = [descriptors.string_index(DEVICE, number, setting) for number, setting in places]
    assert indices == [4, 5, 6]
    texts = [descriptors.string_descriptor(DEVICE, index) or b"" for index in indices]
    assert [text[2:].decode("utf-16-le") for text in texts] == ["one", "two", "three"]


def test_answers_are_no_longer_than_was_asked_for() -> None:
    assert get(1, length=8) == descriptors.device_descriptor(DEVICE)[:8]


@pytest.mark.parametrize(("kind", "index"), [(3, 7), (2, 1), (1, 1), (6, 0)])
def test_what_there_is_not_is_a_stall(kind: int, index: int) -> None:
    assert get(kind, index) is None


def test_a_string_is_as_long_as_a_byte_can_tell() -> None:
    text = descriptors.string_descriptor(DEVICE, 1)
    assert text == b"\x0c\x03M\0a\0k\0e\0r\0"
    long = Device(**{**vars(DEVICE), "serial": "x" * 300})
    assert len(descriptors.string_descriptor(long, 3) or b"") == 254


def test_what_else_every_device_answers() -> None:
    assert descriptors.standard(DEVICE, Setup(0x80, 8, 0, 0, 1)) == b"\x01"
    assert descriptors.standard(DEVICE, Setup(0x80, 0, 0, 0, 2)) == b"\0\0"
    assert descriptors.standard(DEVICE, Setup(0x00, 9, 1, 0, 0)) == b""
    assert descriptors.is_standard(Setup(0x81, 6, 0, 0, 0))
    assert not descriptors.is_standard(Setup(0xA1, 3, 0, 0, 6))
