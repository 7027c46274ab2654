from __future__ import annotations

import pytest

from swdflash.links.errors import TransferFault
from swdflash.links.run_up import read_with_run_up

UID, SIZE_REGISTER, ALLOWED = 0x1FFF_7A10, 0x1FFF_7A22, 0x1FFF_7A00


class Rom:
    """Lets reads begin where `begins` says; each byte is the last of its address."""

    def __init__(self, *begins: int) -> None:
        self.begins = begins
        self.asked: list[tuple[int, int]] = []

    def read(self, address: int, size: int) -> bytes:
        self.asked.append((address, size))
        if address not in self.begins:
            raise TransferFault(address, "no")
        return bytes(at & 0xFF for at in range(address, address + size))


def test_what_is_given_is_asked_for_once() -> None:
    rom = Rom(UID)
    assert read_with_run_up(rom.read, UID, 12) == bytes(range(0x10, 0x1C))
    assert rom.asked == [(UID, 12)]


def test_what_is_refused_is_read_from_a_little_before() -> None:
    rom = Rom(ALLOWED)
    assert read_with_run_up(rom.read, SIZE_REGISTER, 2) == b"\x22\x23"
    assert rom.asked == [(SIZE_REGISTER, 2), (ALLOWED, 0x24)]


@pytest.mark.parametrize(
    ("address", "size"), [(UID, 12), (ALLOWED, 4), (UID, 256)], ids=["both", "aligned", "too-long"]
)
def test_what_is_refused_either_way_is_refused_where_it_was_asked(address: int, size: int) -> None:
    with pytest.raises(TransferFault) as caught:
        read_with_run_up(Rom().read, address, size)
    assert caught.value.address == address
