from __future__ import annotations

import pytest

from swdflash.memory import Span
from swdflash.sim.adiv5.mem_ap import MemAp
from swdflash.sim.bus import Bus, BusFault
from tests.sim.cables.toy_board import Ram

CSW, TAR, DRW, BD0, BASE, IDR = 0x00, 0x04, 0x0C, 0x10, 0xF8, 0xFC
BYTE, HALF, WORD, INCREMENT, PACKED = 0, 1, 2, 0x10, 0x20


@pytest.fixture
def ram() -> Ram:
    return Ram(Span(0x2000_0000, 0x1000))


@pytest.fixture
def ap(ram: Ram) -> MemAp:
    bus = Bus()
    bus.attach(ram)
    return MemAp(bus)


def test_identity_of_the_ahb_ap(ap: MemAp) -> None:
    assert (ap.read(IDR), ap.read(BASE)) == (0x1477_0011, 0xE00F_F003)


def test_bytes_and_half_words_travel_in_their_lanes(ap: MemAp, ram: Ram) -> None:
    ap.write(CSW, BYTE | INCREMENT)
    ap.write(TAR, 0x2000_0001)
    ap.write(DRW, 0x0000_5A00)
    ap.write(CSW, HALF)
    ap.write(DRW, 0xBEEF_0000)
    assert ram.data[:4] == b"\x00\x5a\xef\xbe"
    assert ap.read(DRW) == 0xBEEF_0000


def test_tar_counts_up_within_4_kib_only(ap: MemAp) -> None:
    ap.write(CSW, WORD | INCREMENT)
    ap.write(TAR, 0x2000_0FFC)
    ap.read(DRW)
    assert ap.read(TAR) == 0x2000_0000


def test_packed_units_fill_drw_from_tar_on(ap: MemAp, ram: Ram) -> None:
    ap.write(CSW, BYTE | PACKED)
    ap.write(TAR, 0x2000_0002)
    ap.write(DRW, 0x2211_4433)
    assert ram.data[:8] == bytes.fromhex("0000 1122 3344 0000")
    assert ap.read(TAR) == 0x2000_0006
    ap.write(CSW, HALF | PACKED)
    ap.write(TAR, 0x2000_0002)
    assert ap.read(DRW) == 0x2211_4433
    assert ap.read(TAR) == 0x2000_0006
    ap.write(CSW, WORD | PACKED)
    ap.write(TAR, 0x2000_0000)
    assert ap.read(DRW) == 0x2211_0000
    assert ap.read(TAR) == 0x2000_0004


def test_without_increment_tar_stays(ap: MemAp) -> None:
    ap.write(CSW, WORD)
    ap.write(TAR, 0x2000_0010)
    ap.read(DRW)
    assert ap.read(TAR) == 0x2000_0010


def test_banked_data_registers_cover_16_bytes_around_tar(ap: MemAp, ram: Ram) -> None:
    ap.write(TAR, 0x2000_0034)
    ap.write(BD0 + 8, 0xDEAD_BEEF)
    assert ram.data[0x38:0x3C] == b"\xef\xbe\xad\xde"


@pytest.mark.parametrize(
    ("csw", "tar"), [(WORD, 0x3000_0000), (WORD, 0x2000_0002), (3, 0x2000_0000)]
)
def test_what_the_bus_or_the_ap_cannot_do_faults(ap: MemAp, csw: int, tar: int) -> None:
    ap.write(CSW, csw)
    ap.write(TAR, tar)
    with pytest.raises(BusFault):
        ap.read(DRW)
