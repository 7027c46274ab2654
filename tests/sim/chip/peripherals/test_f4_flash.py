"""The flash rules of RM0090 §3, each with what must not work beside what must."""

from __future__ import annotations

import pytest

from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.f4 import F4

from .conftest import FamilyBench, make_f4_bench

Bench = FamilyBench[F4]

KEYR, OPTKEYR, SR, CR, OPTCR = 0x4002_3C04, 0x4002_3C08, 0x4002_3C0C, 0x4002_3C10, 0x4002_3C14
PG, SER, MER, STRT, EOPIE, LOCK = 1, 2, 4, 1 << 16, 1 << 24, 1 << 31
X8, X16, X32, X64 = (psize << 8 for psize in range(4))
EOP, WRPERR, PGAERR, PGPERR, PGSERR, BSY = 1, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 16
KEYS = 0x4567_0123, 0xCDEF_89AB
OPTION_KEYS = 0x0819_2A3B, 0x4C5D_6E7F
OPTLOCK, OPTSTRT = 1, 2
FACTORY = 0x0FFF_AAEC
FLASH, OPTIONS = 0x0800_0000, 0x1FFF_C000
MIB = 1024 * 1024


def unlock(bench: Bench) -> None:
    for key in KEYS:
        bench.write(KEYR, key)


def cells(bench: Bench, offset: int, size: int) -> bytes:
    return bench.nonvolatile.flash[offset : offset + size]


def put(bench: Bench, offset: int, data: bytes) -> None:
    bench.nonvolatile.flash[offset : offset + len(data)] = data


def erase(bench: Bench, mode: int, seconds: float = 40) -> int:
    """Erase and wait; returns SR."""
    bench.write(CR, mode)
    bench.write(CR, mode | STRT)
    bench.pass_time(seconds)
    return bench.read(SR)


def change_options(bench: Bench, word: int, seconds: float = 40) -> None:
    for key in OPTION_KEYS:
        bench.write(OPTKEYR, key)
    bench.write(OPTCR, word)
    bench.write(OPTCR, word | OPTSTRT)
    bench.pass_time(seconds)


@pytest.mark.parametrize(("width", "size"), [(X8, 1), (X16, 2), (X32, 4)])
def test_programs_one_write_of_psizes_width_in_its_time(f4: Bench, width: int, size: int) -> None:
    unlock(f4)
    f4.write(CR, PG | width)
    f4.write(FLASH + 8, 0x1234_5678 & (1 << 8 * size) - 1, size)
    f4.pass_time(15e-6)
    assert f4.read(SR) == BSY
    f4.pass_time(2e-6)
    assert f4.read(SR) == 0  # EOP is for those who take the interrupt
    assert cells(f4, 8, 4) == (b"\x78\x56\x34\x12"[:size] + b"\xff" * 3)[:4]


@pytest.mark.parametrize(("width", "size"), [(X8, 2), (X16, 1), (X32, 1), (X64, 4)])
def test_any_other_width_is_a_parallelism_error(f4: Bench, width: int, size: int) -> None:
    unlock(f4)
    f4.write(CR, PG | width)
    f4.write(FLASH, 0, size)
    f4.pass_time(1e-3)
    assert f4.read(SR) == PGPERR
    assert cells(f4, 0, 4) == b"\xff" * 4
    f4.write(SR, PGPERR)
    assert f4.read(SR) == 0


def test_a_write_does_not_leave_its_row_of_16_bytes(f4: Bench) -> None:
    unlock(f4)
    f4.write(CR, PG | X32)
    f4.write(FLASH + 14, 0)
    f4.pass_time(1e-3)
    assert f4.read(SR) == PGAERR
    assert cells(f4, 12, 8) == b"\xff" * 8


def test_a_write_without_pg_is_a_sequence_error(f4: Bench) -> None:
    unlock(f4)
    f4.write(CR, X32)
    f4.write(FLASH, 0)
    assert f4.read(SR) == PGSERR


def test_bits_only_become_0_without_a_word(f4: Bench) -> None:
    unlock(f4)
    for value in (0xF0, 0x3C):
        f4.write(CR, PG | X8)
        f4.write(FLASH, value, 1)
        f4.pass_time(1e-3)
    assert f4.read(SR) == 0
    assert cells(f4, 0, 1) == b"\x30"


def test_eop_tells_those_who_take_its_interrupt(f4: Bench) -> None:
    unlock(f4)
    f4.write(CR, PG | X8 | EOPIE)
    f4.write(FLASH, 0, 1)
    f4.pass_time(1e-3)
    assert f4.read(SR) == EOP


def test_nothing_is_done_while_locked(f4: Bench) -> None:
    assert f4.read(CR) == LOCK
    f4.write(CR, PG | X32)
    assert f4.read(CR) == LOCK
    f4.write(FLASH, 0)
    assert cells(f4, 0, 4) == b"\xff" * 4
    assert f4.logged("while LOCK is set")


@pytest.mark.parametrize("keys", [(KEYS[1],), (KEYS[0], KEYS[0])])
def test_a_wrong_key_faults_and_jams_until_reset(f4: Bench, keys: tuple[int, ...]) -> None:
    *right, wrong = keys
    for key in right:
        f4.write(KEYR, key)
    with pytest.raises(BusFault):
        f4.write(KEYR, wrong)
    with pytest.raises(BusFault):
        unlock(f4)
    f4.periphery.reset(ResetKind.SYSTEM)
    unlock(f4)
    assert f4.read(CR) == 0


@pytest.mark.parametrize(
    ("number", "start", "kib", "typ"),
    [
        (0, 0, 16, {X8: 0.4, X16: 0.3, X32: 0.25}),
        (4, 64, 64, {X8: 1.2, X16: 0.7, X32: 0.55}),
        (11, 896, 128, {X8: 2.0, X16: 1.3, X32: 1.0}),
    ],
)
def test_a_sector_takes_its_size_and_psizes_time(
    f4: Bench, number: int, start: int, kib: int, typ: dict[int, float]
) -> None:
    unlock(f4)
    for width, seconds in typ.items():
        put(f4, 0, bytes(MIB))
        mode = SER | number << 3 | width
        f4.write(CR, mode)
        f4.write(CR, mode | STRT)
        f4.pass_time(seconds - 1e-3)
        assert f4.read(SR) == BSY
        f4.pass_time(2e-3)
        assert f4.read(SR) == 0
        assert cells(f4, start * 1024, kib * 1024) == b"\xff" * (kib * 1024)
        assert f4.nonvolatile.flash[:].count(0xFF) == kib * 1024
        assert not f4.read(CR) & STRT


def test_takes_the_longest_time_where_asked_to(f4: Bench) -> None:
    f4.periphery.use_max_times(True)
    unlock(f4)
    assert erase(f4, SER | X32, 0.49) == BSY


def test_all_sectors_at_once(f4: Bench) -> None:
    put(f4, 0, bytes(MIB))
    unlock(f4)
    assert erase(f4, MER | X32, 7.9) == BSY
    f4.pass_time(0.2)
    assert cells(f4, 0, MIB) == b"\xff" * MIB


def test_a_sector_that_is_not_there_is_a_sequence_error(f4: Bench) -> None:
    put(f4, 0, bytes(16))
    unlock(f4)
    assert erase(f4, SER | 12 << 3 | X32) == PGSERR
    assert cells(f4, 0, 16) == bytes(16)


@pytest.mark.parametrize("mode", [0, SER | MER])
def test_an_erase_of_no_or_two_kinds_starts_nothing(f4: Bench, mode: int) -> None:
    put(f4, 0, bytes(16))
    unlock(f4)
    assert erase(f4, mode | X32) == 0
    assert cells(f4, 0, 16) == bytes(16)


def test_a_write_to_cr_waits_for_what_is_going_on(f4: Bench) -> None:
    unlock(f4)
    f4.write(CR, SER | X32)
    f4.write(CR, SER | X32 | STRT)
    f4.write(CR, PG | X8)
    assert f4.periphery.clock.now == pytest.approx(0.25)
    assert f4.read(CR) == PG | X8


def test_power_that_goes_in_the_middle_leaves_a_sector_torn(f4: Bench) -> None:
    put(f4, 0, bytes(16 * 1024))
    unlock(f4)
    f4.write(CR, SER | X32)
    f4.write(CR, SER | X32 | STRT)
    f4.pass_time(0.1)
    f4.periphery.reset(ResetKind.POWER_ON)
    assert cells(f4, 0, 16 * 1024) not in (bytes(16 * 1024), b"\xff" * 16 * 1024)


# Option bytes


def test_options_are_behind_their_own_keys(f4: Bench) -> None:
    assert f4.read(OPTCR) == FACTORY | OPTLOCK
    f4.write(OPTCR, 0x0FFE_AAEC | OPTSTRT)
    assert f4.read(OPTCR) == FACTORY | OPTLOCK
    assert f4.logged("while OPTLOCK is set")


def test_options_wait_for_optstrt_and_then_count_at_once(f4: Bench) -> None:
    for key in OPTION_KEYS:
        f4.write(OPTKEYR, key)
    f4.write(OPTCR, 0x0FFE_AAEC)
    assert not f4.periphery.options.write_protects(FLASH)
    f4.write(OPTCR, 0x0FFE_AAEC | OPTSTRT)
    f4.pass_time(1)
    assert f4.periphery.options.write_protects(FLASH)
    assert not f4.periphery.options.write_protects(FLASH + 16 * 1024)
    assert f4.read(OPTIONS + 8, 2) == 0xFFFE
    f4.write(OPTCR, FACTORY | OPTLOCK)
    assert f4.read(OPTCR) & OPTLOCK


def test_options_that_were_only_staged_are_gone_after_a_reset(f4: Bench) -> None:
    for key in OPTION_KEYS:
        f4.write(OPTKEYR, key)
    f4.write(OPTCR, 0)
    f4.periphery.reset(ResetKind.SYSTEM)
    assert f4.read(OPTCR) == FACTORY | OPTLOCK


def test_protected_sectors_are_neither_programmed_nor_erased(f4: Bench) -> None:
    change_options(f4, 0x0FFD_AAEC)
    put(f4, 16 * 1024, bytes(4))
    unlock(f4)
    assert erase(f4, SER | 1 << 3 | X32) == WRPERR
    f4.write(SR, WRPERR)
    assert erase(f4, MER | X32) == WRPERR
    f4.write(SR, WRPERR)
    f4.write(CR, PG | X32)
    f4.write(FLASH + 16 * 1024 + 16, 0)
    f4.pass_time(1)
    assert f4.read(SR) == WRPERR
    assert cells(f4, 16 * 1024, 20) == bytes(4) + b"\xff" * 16
    f4.write(SR, WRPERR)
    assert erase(f4, SER | X32) == 0


def test_level_1_hides_flash_from_a_debugger_and_ends_by_erasing_it(f4: Bench) -> None:
    put(f4, 0, b"secret")
    change_options(f4, 0x0FFF_55EC)
    with pytest.raises(BusFault):
        f4.read(FLASH)
    assert f4.periphery.bus.read(FLASH, 4, Master.CORE) == 0x7263_6573
    for key in OPTION_KEYS:  # whoever has not locked it need not, but may
        if f4.read(OPTCR) & OPTLOCK:
            f4.write(OPTKEYR, key)
    f4.write(OPTCR, FACTORY)
    f4.write(OPTCR, FACTORY | OPTSTRT)
    f4.pass_time(15.9)
    assert f4.read(SR) == BSY  # a mass erase by x8, as CR.PSIZE has it
    f4.pass_time(1)
    f4.periphery.reset(ResetKind.SYSTEM)
    assert f4.read(FLASH) == 0xFFFF_FFFF


def test_level_2_stays(f4: Bench) -> None:
    change_options(f4, 0x0FFF_CCEC)
    f4.periphery.reset(ResetKind.POWER_ON)
    assert f4.periphery.options.level_2
    change_options(f4, FACTORY)
    assert f4.periphery.options.level_2
    assert f4.logged("level 2 cannot be changed")


def test_a_write_where_option_bytes_lie_does_nothing(f4: Bench) -> None:
    unlock(f4)
    f4.write(CR, PG | X8)
    f4.write(OPTIONS + 1, 0, 1)
    f4.pass_time(1)
    assert f4.read(OPTIONS + 1, 1) == 0xAA


def test_half_of_the_flash_has_eight_sectors() -> None:
    bench = make_f4_bench("STM32F407VE")
    unlock(bench)
    assert erase(bench, SER | 7 << 3 | X32) == 0
    assert erase(bench, SER | 8 << 3 | X32) == PGSERR
    with pytest.raises(BusFault):
        bench.read(FLASH + 512 * 1024)
