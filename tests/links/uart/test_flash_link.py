"""Changing flash over a line that loses, doubles and changes bytes, on the fake ROM."""

from __future__ import annotations

import random

import pytest

from swdflash.chips.data import chip_named
from swdflash.errors import SwdflashError
from swdflash.events import Phase, Progressed
from swdflash.links.base import Offers
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.errors import TransferFault
from swdflash.links.flash_errors import ChangeRefused, ProgramFailed
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.links.uart.errors import LineTooNoisy, RomLost, RomRefuses
from swdflash.links.uart.line import ModemLine
from swdflash.links.uart.lines import Lines, Wire
from tests.fakes.an3155_rom import FakeRom, no_fault
from tests.links.uart.bench import Noise, do, expected, flash_link, rom_link, written

LINES = Lines(Wire(ModemLine.RTS), Wire(ModemLine.DTR))
PAGES = (3, 4, 9)


def filled(seed: int = 1) -> FakeRom:
    rom = FakeRom()
    rom.flash[:] = random.Random(seed).randbytes(len(rom.flash))
    return rom


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_lost_on_the_way_flash_holds_what_it_should(seed: int) -> None:
    """At one fault in 1000 bytes; and at one in 150, where the link may give up, but says so."""
    rom = filled(seed)
    before, link = bytes(rom.flash), flash_link(rom)
    steps = list(written(rom, PAGES, seed))
    every = (1000, 400, 150)[seed % 3]
    rom.to_chip, rom.to_host = Noise(seed, every), Noise(-seed - 1, every)
    try:
        do(link, *steps)
    except LineTooNoisy:
        assert every < 1000
        rom.to_chip = rom.to_host = no_fault
        do(flash_link(rom), *steps)  # the same again, and nobody has to reset it
    assert bytes(rom.flash) == expected(before, rom, steps)


def test_every_single_lost_byte_is_made_good() -> None:
    """One at a time, in both directions, over a whole erase, write and check of a page."""
    rom = filled()
    before, link = bytes(rom.flash), flash_link(rom)
    steps = list(written(rom, (5,), 1))
    rom.to_chip, rom.to_host = (count_chip := Count()), (count_host := Count())
    do(link, *steps)
    for place in range(1, count_chip.seen + 1, 7):
        rom.flash[:] = before
        rom.to_chip, rom.to_host = Lose(place), no_fault
        do(link, *steps)
        assert bytes(rom.flash) == expected(before, rom, steps), f"byte {place} to the chip"
    for place in range(1, count_host.seen + 1, 7):
        rom.flash[:] = before
        rom.to_chip, rom.to_host = no_fault, Lose(place)
        do(link, *steps)
        assert bytes(rom.flash) == expected(before, rom, steps), f"byte {place} to the host"


class Count:
    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, _index: int, byte: int) -> tuple[int, ...]:
        self.seen += 1
        return (byte,)


class Lose(Count):
    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place

    def __call__(self, index: int, byte: int) -> tuple[int, ...]:
        super().__call__(index, byte)
        return () if self.seen == self._place else (byte,)


def test_a_read_is_what_is_there_though_bits_flip_on_the_way() -> None:
    rom = filled()
    link = rom_link(rom)
    rom.to_host = Noise(7, 500)
    assert link.read(0x0800_0003, 5000) == bytes(rom.flash[3:5003])


def test_a_rate_that_is_too_fast_for_the_line_is_left_by_itself() -> None:
    rom = filled()
    rom.wired = LINES
    before, link = bytes(rom.flash), flash_link(rom, LINES)
    rom.set_baud(921600)
    link._session.restart(921600)
    noise = Noise(3, 25)
    rom.to_chip = lambda index, byte: noise(index, byte) if rom.baud > 300_000 else (byte,)
    steps = list(written(rom, PAGES, 2))
    do(link, *steps)
    assert bytes(rom.flash) == expected(before, rom, steps)
    assert link.info.clock_hz == 230400


def test_a_rate_that_the_user_chose_is_kept_and_the_error_says_so() -> None:
    rom = filled()
    rom.wired = LINES
    link = rom_link(rom, LINES, baud=460800).flash_link(rom.chip)
    rom.to_chip = Noise(3, 20)
    with pytest.raises(LineTooNoisy, match="460800"):
        do(link, *written(rom, PAGES, 2))


def test_a_rom_that_falls_silent_is_an_error_that_says_so() -> None:
    rom = filled()
    link = flash_link(rom)
    rom.alive = False
    with pytest.raises(RomLost):
        do(link, Erase(rom.chip.flash.sectors[3]))


def test_cells_that_are_not_erased_are_refused_before_anything_is_sent() -> None:
    rom = filled()
    before = bytes(rom.flash)
    with pytest.raises(ProgramFailed) as caught:
        do(flash_link(rom), Program(0x0800_0400, b"ab" * 8))
    assert caught.value.address == 0x0800_0400
    assert bytes(rom.flash) == before


def test_half_a_unit_beside_something_is_written_and_that_stays() -> None:
    """An F103 programs 2 bytes, its ROM writes 4: the sector is written anew."""
    rom = FakeRom()
    rom.flash[0x400:0x404] = b"ab\xff\xff"
    rom.flash[0x7F0:0x7F4] = b"kept"
    do(flash_link(rom), Program(0x0800_0402, b"cd"))
    assert bytes(rom.flash[0x400:0x404]) == b"abcd"
    assert bytes(rom.flash[0x7F0:0x7F4]) == b"kept"


def test_a_write_protected_page_is_found_by_the_check() -> None:
    """Both Erase and Write are acknowledged (AN3155 §3.6, §3.7)."""
    rom = filled()
    rom.write_protected = {4}
    page = rom.chip.flash.sectors[4]
    data = random.Random(9).randbytes(page.size)
    with pytest.raises(ChangeRefused) as caught:
        do(flash_link(rom), Erase(page), Program(page.start, data), Check(page, digest(data)))
    assert caught.value.address == page.start


def test_a_check_of_what_was_not_written_here_only_compares() -> None:
    rom = filled()
    page = rom.chip.flash.sectors[7]
    before = bytes(rom.flash)
    do(flash_link(rom), Check(page, digest(before[7 * 1024 : 8 * 1024])))
    with pytest.raises(CheckFailed):
        do(flash_link(rom), Check(page, 0x1234_5678))
    assert bytes(rom.flash) == before


def test_a_bank_is_erased_and_progress_is_told() -> None:
    rom = filled()
    bank = rom.chip.flash.banks[0].span
    events = do(flash_link(rom), MassErase(bank), Program(bank.start, b"four" * 500))
    assert bytes(rom.flash) == (b"four" * 500).ljust(bank.size, b"\xff")
    done = [event.done for event in events if isinstance(event, Progressed)]
    assert done[0] == bank.size
    assert done[-1] == 2000
    assert {event.phase for event in events if isinstance(event, Progressed)} == {
        Phase.ERASE,
        Phase.PROGRAM,
    }


def test_protection_refuses_by_name() -> None:
    rom = filled()
    link = rom_link(rom)
    rom.protected = True
    with pytest.raises(TransferFault):
        link.read(0x0800_0000, 4)
    with pytest.raises(RomRefuses, match="Erase"):
        do(link.flash_link(rom.chip), Erase(rom.chip.flash.sectors[3]))


def test_digests_are_computed_here_where_the_rom_has_no_get_checksum() -> None:
    rom = filled()
    link = flash_link(rom)
    pages = rom.chip.flash.sectors[1:3]
    assert link.digests(pages) == [
        digest(bytes(rom.flash[1024:2048])),
        digest(bytes(rom.flash[2048:3072])),
    ]
    assert link.offers is Offers.NOTHING
    assert 0.7 < 115200 / 11 / link.costs.digest_bytes_per_s < 1.1
    assert link.costs.bytes_per_s < link.costs.digest_bytes_per_s


class TestF405:
    """Sectors of 16, 64 and 128 KiB, Extended Erase, and flash that is programmed bytewise."""

    def rom(self) -> FakeRom:
        codes = bytes([0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x44, 0x63, 0x73, 0x82, 0x92])
        rom = FakeRom(chip_named("STM32F405RG"), codes, version=0x31)
        rom.flash[:] = random.Random(4).randbytes(len(rom.flash))
        return rom

    def test_it_is_told_the_supply_first_and_again_after_a_restart(self) -> None:
        rom = self.rom()
        rom.wired = LINES
        link = flash_link(rom, LINES)
        sector = rom.chip.flash.sectors[2]
        do(link, Erase(sector), Program(sector.start, b"four"))
        assert rom.voltages == [b"\x03"]
        assert link._session.restart(115200)
        do(link, Erase(sector))
        assert rom.voltages == [b"\x03"] * 2

    def test_one_that_does_not_take_it_is_programmed_bytewise(self) -> None:
        rom = self.rom()
        rom.takes_voltage = False
        link, sector = flash_link(rom), rom.chip.flash.sectors[4]
        before = bytes(rom.flash)
        steps: list[Step] = [Erase(sector), Program(sector.start, b"four")]
        fast = link.costs.bytes_per_s
        do(link, *steps)
        assert bytes(rom.flash) == expected(before, rom, steps)
        # 256 bytes take 26 ms on the wire, and then 16 us each, or four at once
        assert link.costs.bytes_per_s == pytest.approx(fast * 26.6 / 29.7, rel=0.01)

    def test_every_sector_is_erased_by_its_number(self) -> None:
        rom = self.rom()
        before, sectors = bytes(rom.flash), rom.chip.flash.sectors
        steps = [Erase(sectors[number]) for number in (0, 4, 5, 11)]
        do(flash_link(rom), *steps)
        assert bytes(rom.flash) == expected(before, rom, steps)

    def test_all_of_it_at_once(self) -> None:
        rom = self.rom()
        do(flash_link(rom), MassErase(rom.chip.flash.banks[0].span))
        assert bytes(rom.flash) == b"\xff" * len(rom.flash)


class TestGetChecksum:
    def rom(self) -> FakeRom:
        rom = FakeRom(codes=bytes([0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x43, 0xA1]), version=0x33)
        rom.flash[:] = random.Random(5).randbytes(len(rom.flash))
        return rom

    def test_digests_cross_the_wire_in_place_of_bytes(self) -> None:
        rom = self.rom()
        link, bank = flash_link(rom), rom.chip.flash.banks[0].span
        assert Offers.DIGESTS in link.offers
        before = rom.pace.now()
        assert link.digests([bank]) == [digest(bytes(rom.flash))]
        do(link, Check(bank, digest(bytes(rom.flash))))
        assert rom.pace.now() - before < 0.1

    def test_a_check_that_fails_is_looked_into(self) -> None:
        rom = self.rom()
        before, steps = bytes(rom.flash), list(written(rom, (3,), 1))
        link = flash_link(rom)
        rom.to_chip, rom.to_host = Noise(3, 400), Noise(4, 400)
        do(link, *steps)
        assert bytes(rom.flash) == expected(before, rom, steps)
        with pytest.raises(CheckFailed):
            do(link, Check(rom.chip.flash.sectors[9], 1))


class TestRun:
    def test_flash_is_started_by_a_reset_where_that_is_wired(self) -> None:
        rom = filled()
        rom.wired = LINES
        link, resets = flash_link(rom, LINES), rom.resets
        link.run(0x0800_0000)
        assert (rom.resets, rom.in_rom) == (resets + 1, False)

    def test_by_go_where_it_is_not(self) -> None:
        rom = filled()
        flash_link(rom).run(0x0800_0000)
        assert rom.started_at == 0x0800_0000

    def test_whether_the_rom_is_left_can_be_asked(self) -> None:
        rom = filled()
        link = rom_link(rom)
        assert link.answers(rom.chip)
        link.flash_link(rom.chip).run(0x0800_0000)
        assert not link.answers(rom.chip)
        rom.app = lambda _byte: b"the program says something"
        assert not link.answers(rom.chip)

    def test_a_lost_byte_is_made_good(self) -> None:
        rom = filled()
        link = flash_link(rom)
        rom.to_chip = Lose(4)
        link.run(0x2000_0400)
        assert rom.started_at == 0x2000_0400

    def test_a_rom_that_refuses_is_an_error(self) -> None:
        rom = filled()
        link = flash_link(rom)
        rom.protected = True
        with pytest.raises(RomRefuses, match="Go"):
            link.run(0x0800_0000)


class TestOptionBytes:
    @pytest.mark.parametrize("lines", [Lines(), LINES], ids=str)
    def test_unprotect_erases_comes_back_and_proves_it(self, lines: Lines) -> None:
        rom = filled()
        rom.wired = lines
        rom.protected = True
        link = rom_link(rom, lines)
        before = link.about
        link.unprotect(rom.chip)
        assert (before.protected, link.about.protected) == (True, False)
        assert bytes(rom.flash) == b"\xff" * len(rom.flash)
        assert link.read(0x0800_0000, 4) == b"\xff" * 4

    def test_a_chip_that_leaves_its_rom_is_an_error(self) -> None:
        rom = filled()
        rom.protected = True
        link = rom_link(rom)
        rom.boot0 = False
        with pytest.raises(SwdflashError) as caught:
            link.unprotect(rom.chip)
        assert caught.value.code == "rom-silent"
        assert not rom.protected

    def test_the_others_come_back_too(self) -> None:
        rom = filled()
        link = rom_link(rom)
        link.write_protect(rom.chip, [1])
        assert rom.write_protected == {4, 5, 6, 7}
        link.write_unprotect(rom.chip)
        assert rom.write_protected == set()
        link.protect(rom.chip)
        assert link.about.protected

    def test_a_lost_first_answer_is_asked_for_again(self) -> None:
        rom = filled()
        rom.protected = True
        link = rom_link(rom)
        rom.to_host = Lose(1)
        link.unprotect(rom.chip)
        assert not link.about.protected
