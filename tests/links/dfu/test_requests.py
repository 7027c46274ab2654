from __future__ import annotations

import pytest

from swdflash.links.dfu import requests
from swdflash.links.dfu.requests import Attributes, Functional

ST = bytes.fromhex("09 21 0b ff00 0008 1a01")  # lsusb -v of an STM32F405


def test_commands_on_the_wire() -> None:
    """AN3156 §5, the address with its low byte first."""
    assert requests.set_address(0x0801_2345).hex() == "2145230108"
    assert requests.erase_sector(0x0800_4000).hex() == "4100400008"
    assert requests.mass_erase().hex() == "41"
    assert requests.read_unprotect().hex() == "92"


def test_the_functional_descriptor_of_st() -> None:
    found = Functional.find(ST)
    assert found is not None
    assert found.transfer_size == 2048
    assert found.version_text == "1.1a"
    assert Attributes.CAN_UPLOAD in found.attributes
    assert Attributes.MANIFESTATION_TOLERANT not in found.attributes


def test_it_is_found_behind_others() -> None:
    assert Functional.find(bytes.fromhex("05 24 00 1001") + ST) == Functional.find(ST)
    dfu_1_0 = Functional.find(bytes.fromhex("07 21 01 ff00 4000"))
    assert dfu_1_0 is not None
    assert (dfu_1_0.transfer_size, dfu_1_0.version_text) == (64, "1.0")


@pytest.mark.parametrize("raw", ["", "09", "0921", "092100", "0009 21", "04 21 00 00", "02 ff"])
def test_what_is_none_is_not_taken_for_one(raw: str) -> None:
    assert Functional.find(bytes.fromhex(raw)) is None


@pytest.mark.parametrize(("version", "text"), [(0x0100, "1.0"), (0x0110, "1.1"), (0x011A, "1.1a")])
def test_versions_as_they_are_written(version: int, text: str) -> None:
    assert Functional(Attributes(0), 64, version).version_text == text
