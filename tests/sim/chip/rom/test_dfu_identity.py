from __future__ import annotations

import struct

import pytest

from swdflash.memory import Span
from swdflash.sim.chip.rom.dfu_identity import flash_layout, functional_descriptor, serial_number


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


def sectors(*kib: int) -> tuple[Span, ...]:
    starts = [sum(kib[:at]) * 1024 for at in range(len(kib))]
    return tuple(
        Span(0x0800_0000 + start, size * 1024) for start, size in zip(starts, kib, strict=True)
    )


@pytest.mark.parametrize(
    ("kib", "run", "layout"),
    [
        (
            (16, 16, 16, 16, 64, *[128] * 7),
            "{count:02}*{kib:03}Kg",
            "04*016Kg,01*064Kg,07*128Kg",
        ),
        ((2,) * 64, "{count:03}*{kib:04}Kg", "064*0002Kg"),
    ],
)
def test_layouts_as_dfu_util_lists_them(kib: tuple[int, ...], run: str, layout: str) -> None:
    assert flash_layout(sectors(*kib), run) == layout
