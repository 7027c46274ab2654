from __future__ import annotations

import struct

import pytest

from swdflash.sim.chip.rom.dfu_identity import functional_descriptor, serial_number


@pytest.mark.parametrize(
    ("uid", "serial"),
    [
        # desig_get_unique_id_as_dfu of libopencm3, byte by byte
        ((0x0026_0035, 0x3431_5116, 0x3337_3234), "335D32693431"),
        # what every STM32F072 says: its ROM looks where an F1 has its UID
        ((0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF), "FFFFFFFEFFFF"),
    ],
)
def test_serial_numbers(uid: tuple[int, int, int], serial: str) -> None:
    assert serial_number(struct.pack("<3I", *uid)) == serial


def test_the_functional_descriptor_is_that_of_an_f4() -> None:
    """`lsusb -v -d 0483:df11`: 11, 255 ms, 2048 bytes, 1.1a."""
    assert functional_descriptor() == bytes.fromhex("09 21 0b ff00 0008 1a01")
