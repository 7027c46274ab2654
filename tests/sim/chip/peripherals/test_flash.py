"""The flash rules of PM0075, each with what must not work beside what must."""

from __future__ import annotations

import pytest

from swdflash.sim.bus import BusFault, Master, ResetKind

from .conftest import Bench, make_bench

KEYR, OPTKEYR, SR, CR, AR = 0x4002_2004, 0x4002_2008, 0x4002_200C, 0x4002_2010, 0x4002_2014
OBR, WRPR = 0x4002_201C, 0x4002_2020
PG, PER, MER, OPTPG, OPTER, STRT, LOCK, OPTWRE = 1, 2, 4, 0x10, 0x20, 0x40, 0x80, 0x200
BSY, PGERR, WRPRTERR, EOP = 1, 4, 0x10, 0x20
KEYS = 0x4567_0123, 0xCDEF_89AB
FLASH = 0x0800_0000
OPTIONS = 0x1FFF_F800


def unlock(bench: Bench, register: int = KEYR) -> None:
    for key in KEYS:
        bench.write(register, key)


def program(bench: Bench, address: int, value: int, size: int = 2) -> int:
    """Program and wait; returns SR."""
    bench.write(CR, PG)
    bench.write(address, value, size)
    return settled(bench)


def settled(bench: Bench) -> int:
    bench.pass_time(0.05)
    return bench.read(SR)


def erase(bench: Bench, mode: int, address: int = FLASH) -> int:
    bench.write(CR, mode)
    bench.write(AR, address)
    bench.write(CR, mode | STRT)
    return settled(bench)


def cells(bench: Bench, offset: int, size: int) -> bytes:
    return bench.nonvolatile.flash[offset : offset + size]


def put(bench: Bench, offset: int, data: bytes) -> None:
    bench.nonvolatile.flash[offset : offset + len(data)] = data


def set_options(bench: Bench, **values: int) -> None:
    """Write option bytes as the factory would, and load them."""
    order = ("rdp", "user", "data0", "data1", "wrp0", "wrp1", "wrp2", "wrp3")
    for name, value in values.items():
        at = 0x800 + 2 * order.index(name)
        bench.nonvolatile.information_block[at : at + 2] = bytes((value, value ^ 0xFF))
    bench.f1.reset(ResetKind.SYSTEM)


def test_programs_a_half_word_in_its_time(bench: Bench) -> None:
    unlock(bench)
    bench.write(CR, PG)
    bench.write(FLASH + 6, 0xBEEF, 2)
    bench.pass_time(52e-6)
    assert bench.read(SR) == BSY
    bench.pass_time(1e-6)
    assert bench.read(SR) == EOP
    assert cells(bench, 4, 6) == b"\xff\xff\xef\xbe\xff\xff"


def test_takes_the_longest_time_where_asked_to(bench: Bench) -> None:
    bench.f1.use_max_times(True)
    unlock(bench)
    bench.write(CR, PG)
    bench.write(FLASH, 0, 2)
    bench.pass_time(69e-6)
    assert bench.read(SR) == BSY


def test_nothing_is_programmed_while_locked(bench: Bench) -> None:
    assert bench.read(CR) == LOCK
    bench.write(CR, PG)
    bench.write(FLASH, 0x1234, 2)
    assert cells(bench, 0, 2) == b"\xff\xff"
    assert bench.logged("while LOCK is set")


def test_nothing_is_programmed_without_pg(bench: Bench) -> None:
    unlock(bench)
    bench.write(FLASH, 0x1234, 2)
    assert settled(bench) == 0
    assert cells(bench, 0, 2) == b"\xff\xff"
    assert bench.logged("PG is not set")


@pytest.mark.parametrize("keys", [(KEYS[1],), (KEYS[0], KEYS[0]), (KEYS[0], 0)])
def test_a_wrong_key_faults_and_jams_until_reset(bench: Bench, keys: tuple[int, ...]) -> None:
    *right, wrong = keys
    for key in right:
        bench.write(KEYR, key)
    with pytest.raises(BusFault):
        bench.write(KEYR, wrong)
    with pytest.raises(BusFault):
        unlock(bench)
    assert bench.read(CR) & LOCK
    bench.f1.reset(ResetKind.SYSTEM)
    unlock(bench)
    assert not bench.read(CR) & LOCK


def test_software_locks_again(bench: Bench) -> None:
    unlock(bench)
    bench.write(CR, LOCK)
    bench.write(CR, PG)
    assert bench.read(CR) == LOCK
    unlock(bench)
    assert bench.read(CR) == 0


@pytest.mark.parametrize("size", [1, 4])
def test_other_than_half_words_fault(bench: Bench, size: int) -> None:
    unlock(bench)
    bench.write(CR, PG)
    with pytest.raises(BusFault):
        bench.write(FLASH, 0, size)
    assert cells(bench, 0, 4) == b"\xff" * 4


def test_a_cell_that_is_not_erased_is_left_alone(bench: Bench) -> None:
    unlock(bench)
    put(bench, 0, b"\xfe\xff")
    assert program(bench, FLASH, 0x1234) == PGERR
    assert cells(bench, 0, 2) == b"\xfe\xff"
    bench.write(SR, PGERR)
    assert bench.read(SR) == 0


def test_zero_may_be_programmed_over_anything(bench: Bench) -> None:
    unlock(bench)
    put(bench, 0, b"\x34\x12")
    assert program(bench, FLASH, 0) == EOP
    assert cells(bench, 0, 2) == b"\0\0"


def test_erases_one_page_and_counts_it(bench: Bench) -> None:
    put(bench, 0, bytes(3 * 1024))
    unlock(bench)
    assert erase(bench, PER, FLASH + 0x400 + 0x123) == EOP
    assert cells(bench, 0, 3072) == bytes(1024) + b"\xff" * 1024 + bytes(1024)
    sectors = bench.f1.chip.flash.sectors
    assert [bench.f1.flash.erase_count(sector) for sector in sectors[:3]] == [0, 1, 0]


def test_mass_erase_takes_as_long_as_one_page(bench: Bench) -> None:
    put(bench, 0, bytes(64 * 1024))
    unlock(bench)
    bench.write(CR, MER)
    bench.write(CR, MER | STRT)
    bench.pass_time(29e-3)
    assert bench.read(SR) == BSY
    bench.pass_time(2e-3)
    assert cells(bench, 0, 65536) == b"\xff" * 65536


@pytest.mark.parametrize("mode", [PER | PG, PER | MER, 0, OPTER])
def test_erase_starts_in_no_mixed_mode(bench: Bench, mode: int) -> None:
    put(bench, 0, bytes(1024))
    unlock(bench)
    assert erase(bench, mode) == 0
    assert cells(bench, 0, 1024) == bytes(1024)


def test_erase_outside_flash_starts_nothing(bench: Bench) -> None:
    unlock(bench)
    assert erase(bench, PER, 0x0801_0000) == 0
    assert bench.logged("in no page")


def test_registers_cannot_be_written_while_busy(bench: Bench) -> None:
    put(bench, 0, bytes(2048))
    unlock(bench)
    bench.write(CR, PER)
    bench.write(AR, FLASH)
    bench.write(CR, PER | STRT)
    bench.write(AR, FLASH + 0x400)
    bench.write(CR, PG)
    bench.write(SR, EOP)
    assert bench.read(AR) == FLASH
    assert bench.read(CR) == PER
    assert settled(bench) == EOP
    assert cells(bench, 1024, 1024) == bytes(1024)
    assert bench.logged("not accessible in write mode while BSY")


def test_access_to_busy_flash_waits(bench: Bench) -> None:
    unlock(bench)
    bench.write(CR, PG)
    bench.write(FLASH, 0x1234, 2)
    bench.write(FLASH + 2, 0x5678, 2)
    assert bench.f1.clock.now == pytest.approx(52.5e-6)
    assert bench.read(FLASH) == 0x5678_1234
    assert bench.f1.clock.now == pytest.approx(105e-6)


def test_nothing_works_without_hsi(bench: Bench) -> None:
    unlock(bench)
    bench.write(0x4002_1000, 1 << 16)  # HSE on
    bench.write(0x4002_1004, 1)  # SW = HSE
    bench.write(0x4002_1000, 1 << 16)  # HSI off
    assert program(bench, FLASH, 0) == 0
    assert cells(bench, 0, 2) == b"\xff\xff"


def test_a_protected_page_is_neither_programmed_nor_erased(bench: Bench) -> None:
    put(bench, 0x1000, bytes(1024))
    set_options(bench, wrp0=0xFD)  # pages 4 to 7
    assert bench.read(WRPR) == 0xFFFF_FFFD
    unlock(bench)
    assert erase(bench, PER, FLASH + 0x1000) == WRPRTERR
    bench.write(SR, WRPRTERR)
    assert erase(bench, MER) == WRPRTERR
    bench.write(SR, WRPRTERR)
    assert program(bench, FLASH + 0x1400, 0) == WRPRTERR
    assert cells(bench, 0x1000, 1026) == bytes(1024) + b"\xff\xff"
    bench.write(SR, WRPRTERR)
    assert program(bench, FLASH + 0x2000, 0) == EOP


def test_the_last_bit_protects_the_rest_of_a_large_chip() -> None:
    bench = make_bench("STM32F103RC")
    set_options(bench, wrp3=0x7F)
    unlock(bench)
    assert program(bench, FLASH + 61 * 2048, 0) == EOP
    for page in (62, 127):
        bench.write(SR, EOP | WRPRTERR)
        assert program(bench, FLASH + page * 2048, 0) == WRPRTERR


def test_flash_ends_where_the_chip_says(bench: Bench) -> None:
    assert bench.read(FLASH + 0xFFFC) == 0xFFFF_FFFF
    with pytest.raises(BusFault):
        bench.read(FLASH + 0x1_0000)


def test_second_bank_has_its_own_registers() -> None:
    bench = make_bench("STM32F103RG")
    second = 0x0808_0000
    unlock(bench)
    bench.write(CR, PG)
    bench.write(second, 0x1234, 2)  # bank 2 is still locked
    assert cells(bench, 0x8_0000, 2) == b"\xff\xff"
    unlock(bench, KEYR + 0x40)
    bench.write(CR + 0x40, PG)
    bench.write(second, 0x1234, 2)
    assert bench.read(SR + 0x40) == BSY
    assert bench.read(SR) == 0
    assert bench.read(FLASH, 2) == 0xFFFF  # the other bank answers meanwhile
    assert bench.f1.clock.now == 0
    assert bench.read(second, 2) == 0x1234


# Option bytes


def test_option_bytes_need_their_own_keys(bench: Bench) -> None:
    unlock(bench)
    bench.write(CR, OPTER)
    bench.write(CR, OPTER | STRT)
    assert settled(bench) == 0
    assert bench.read(OPTIONS, 2) == 0x5AA5


def test_option_bytes_count_from_the_next_reset_on(bench: Bench) -> None:
    unlock(bench)
    unlock(bench, OPTKEYR)
    assert bench.read(CR) == OPTWRE
    assert erase(bench, OPTER | OPTWRE) == EOP
    assert bench.nonvolatile.information_block[0x800:0x810] == b"\xff" * 16
    bench.write(CR, OPTPG | OPTWRE)
    bench.write(OPTIONS + 8, 0x00FD, 2)  # WRP0; the complement is computed
    settled(bench)
    assert bench.read(OPTIONS + 8, 2) == 0x02FD
    assert bench.read(WRPR) == 0xFFFF_FFFF
    assert not bench.read(OBR) & 2
    bench.f1.reset(ResetKind.SYSTEM)
    assert bench.read(WRPR) == 0xFFFF_FFFD
    assert bench.read(OBR) & 3 == 2  # an erased RDP protects, and is no error


def test_a_byte_unlike_its_complement_is_an_option_error(bench: Bench) -> None:
    bench.nonvolatile.information_block[0x802:0x804] = b"\xfe\xfe"
    bench.f1.reset(ResetKind.SYSTEM)
    assert bench.read(OBR) & 1


def test_read_protection_bars_the_debugger_but_not_code_in_flash(bench: Bench) -> None:
    put(bench, 0, b"\x78\x56\x34\x12")
    set_options(bench, rdp=0)
    with pytest.raises(BusFault):
        bench.read(FLASH)
    bench.master = Master.CORE
    assert bench.read(FLASH) == 0x1234_5678
    bench.f1.flash.debugged = lambda: True
    with pytest.raises(BusFault):
        bench.read(FLASH)


def test_read_protection_bars_the_debugger_from_programming(bench: Bench) -> None:
    set_options(bench, rdp=0)
    unlock(bench)
    assert program(bench, FLASH + 0x8000, 0) == WRPRTERR
    bench.write(SR, WRPRTERR)
    assert erase(bench, PER, FLASH + 0x8000) == WRPRTERR
    bench.write(SR, WRPRTERR)
    bench.master = Master.CORE
    assert program(bench, FLASH + 0x8000, 0) == EOP
    bench.write(SR, EOP)
    assert program(bench, FLASH + 0xFFE, 0) == WRPRTERR  # pages 0 to 3
    bench.write(SR, WRPRTERR)
    bench.master = Master.DEBUG
    assert erase(bench, MER) == EOP  # but not against mass erase


def test_taking_read_protection_away_erases_main_flash(bench: Bench) -> None:
    put(bench, 0, bytes(65536))
    set_options(bench, rdp=0)
    unlock(bench)
    unlock(bench, OPTKEYR)
    erase(bench, OPTER | OPTWRE)
    assert cells(bench, 0, 65536) == bytes(65536)
    bench.write(CR, OPTPG | OPTWRE)
    bench.write(OPTIONS, 0xA5, 2)
    settled(bench)
    assert cells(bench, 0, 65536) == b"\xff" * 65536
    bench.f1.reset(ResetKind.POWER_ON)
    assert bench.read(FLASH) == 0xFFFF_FFFF


# Power cuts


def test_a_cut_in_programming_leaves_bits_between_old_and_new() -> None:
    seen = set()
    for seed in range(20):
        bench = make_bench("STM32F103C8", seed=seed)
        unlock(bench)
        bench.write(CR, PG)
        bench.write(FLASH, 0x00F0, 2)
        bench.pass_time(20e-6)
        bench.f1.lose_power()
        left = int.from_bytes(cells(bench, 0, 2), "little")
        assert left & 0x00F0 == 0x00F0
        seen.add(left)
    assert len(seen) > 10


def test_a_cut_in_erase_leaves_each_bit_old_or_one() -> None:
    bench = make_bench("STM32F103C8")
    old = bytes(range(256)) * 4
    put(bench, 0, old * 2)
    unlock(bench)
    bench.write(CR, PER)
    bench.write(AR, FLASH)
    bench.write(CR, PER | STRT)
    bench.pass_time(1e-3)
    bench.f1.reset(ResetKind.NRST)
    left = cells(bench, 0, 1024)
    assert all(new & was == was for new, was in zip(left, old, strict=True))
    assert old != left != b"\xff" * 1024
    assert cells(bench, 1024, 1024) == old
    bench.pass_time(1)
    assert cells(bench, 0, 1024) == left
    assert bench.read(SR) == 0
