from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Quirk
from swdflash.events import Event, Phase, PhaseEnded, Progressed
from swdflash.links.base import FlashLink, Offers
from swdflash.links.dfu.errors import DfuProgramFailed, DfuProtected, LayoutMisfit
from swdflash.links.dfu.flash_link import DfuFlash
from swdflash.links.dfu.requests import Command, Request
from swdflash.links.dfu.states import State, Status
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.flash_errors import ProgramFailed
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span
from tests.fakes.dfu_device import (
    BLOCK,
    FEATURE,
    LAYOUT,
    MASS_S,
    OPTIONS,
    START,
    DfuDevice,
    Luck,
    link_to,
    small_chip,
)

CHIP = small_chip()
SECTORS = CHIP.flash.sectors
BYTES = random.Random(7).randbytes(CHIP.flash.span.size)
LINKS: list[type[FlashLink]] = [DfuFlash]  # mypy holds it to it


def filled(state: State = State.ERROR) -> DfuDevice:
    device = DfuDevice(state)
    device.flash[:] = BYTES
    return device


def do(device: DfuDevice, *steps: Step, chip: Chip = CHIP) -> dict[Phase, int]:
    link = link_to(device).flash_link(chip)
    return done(list(link.carry_out(steps)))


def done(events: list[Event]) -> dict[Phase, int]:
    last = {event.phase: event.done for event in events if isinstance(event, Progressed)}
    ended = [event.phase for event in events if isinstance(event, PhaseEnded)]
    assert len(ended) == len(set(ended))
    assert set(last) <= set(ended)
    return last


def part(span: Span, data: bytes | bytearray = BYTES) -> bytes:
    return bytes(data)[span.start - START : span.end - START]


def whole_image(data: bytes) -> tuple[Step, ...]:
    bank = CHIP.flash.banks[0].span
    checks = [Check(sector, digest(part(sector, data))) for sector in SECTORS]
    return (MassErase(bank), Program(START, data), *checks)


def test_it_says_what_it_can() -> None:
    link = link_to(filled()).flash_link(CHIP)
    assert link.offers is Offers.NOTHING
    assert link.digests([SECTORS[0], SECTORS[5]]) == [
        digest(part(SECTORS[0])), digest(part(SECTORS[5])),
    ]  # fmt: skip
    assert link.read(START + 3, 700) == BYTES[3:703]


def test_a_whole_image() -> None:
    device = filled()
    data = BYTES[::-1]
    size = len(data)
    told = do(device, *whole_image(data))
    assert told == {Phase.ERASE: size, Phase.PROGRAM: size, Phase.VERIFY: size}
    assert bytes(device.flash) == data
    assert device.state is State.UPLOAD_IDLE or device.state is State.IDLE


def test_few_questions_for_a_whole_image() -> None:
    """Three transfers a block, one a block to check it, and a handful besides."""
    device = filled()
    link = link_to(device).flash_link(CHIP)
    before, device.blocks_while_busy = device.transfers, True
    for _ in link.carry_out(whole_image(BYTES)):
        pass
    blocks = len(BYTES) // BLOCK
    assert device.transfers - before <= 4 * blocks + 16


def test_sectors_are_erased_one_by_one() -> None:
    device = filled()
    assert do(device, Erase(SECTORS[1]), Erase(SECTORS[5])) == {Phase.ERASE: 256 + 2048}
    for sector in SECTORS:
        blank = sector in (SECTORS[1], SECTORS[5])
        assert part(sector, device.flash) == (b"\xff" * sector.size if blank else part(sector))


def test_pieces_go_where_they_belong() -> None:
    device = filled()
    pieces = [(0, 8), (8, 12), (32, 4), (100, 200), (300, 700)]
    start = SECTORS[4].start
    programs = [Program(start + at, BYTES[at : at + size]) for at, size in pieces]
    do(device, Erase(SECTORS[4]), *programs)
    wanted = bytearray(b"\xff" * SECTORS[4].size)
    for at, size in pieces:
        wanted[at : at + size] = BYTES[at : at + size]
    assert part(SECTORS[4], device.flash) == wanted


def test_what_the_rom_wants_beside_is_what_is_there() -> None:
    """AN2606 table 7: some ROMs write 8 bytes at once, of which a plan may want 4."""
    chip = replace(CHIP, rom=msgspec.structs.replace(CHIP.rom, write_bytes=8))
    device = filled()
    device.keeps_bits = True
    device.flash[:256] = b"\xff" * 256
    device.flash[:4] = b"kept"
    do(device, Program(START + 4, b"more"), Program(START + 20, b"some"), chip=chip)
    assert device.flash[:28] == b"keptmore" + b"\xff" * 12 + b"some" + b"\xff" * 4
    written = [(value, data) for request, value, data in device.log if request is Request.DNLOAD]
    assert (2, b"keptmore") in written
    assert (2, b"\xff\xff\xff\xffsome") in written


def test_a_check_finds_what_differs() -> None:
    device = filled()
    do(device, Check(SECTORS[3], digest(part(SECTORS[3]))))
    with pytest.raises(CheckFailed) as caught:
        do(device, Check(SECTORS[3], 0x1234_5678))
    assert caught.value.start == SECTORS[3].start
    assert caught.value.got == digest(part(SECTORS[3]))


def test_a_check_that_was_misread_is_repeated() -> None:
    device = filled()
    upload = device._upload
    wrong = iter([True])

    def misread(value: int, size: int) -> bytes:
        data = upload(value, size)
        return bytes([data[0] ^ 1]) + data[1:] if next(wrong, False) else data

    link = link_to(device).flash_link(CHIP)
    device._upload = misread  # type: ignore[method-assign]
    list(link.carry_out([Check(SECTORS[5], digest(part(SECTORS[5])))]))


@pytest.mark.parametrize("keeps_bits", [False, True], ids=["refuses", "clears bits"])
def test_what_is_not_blank_is_not_programmed(keeps_bits: bool) -> None:
    device = filled()
    device.keeps_bits = keeps_bits
    with pytest.raises(DfuProgramFailed) as caught:
        do(device, Program(SECTORS[3].start, b"\x12\x34\x56\x78" * 4))
    assert isinstance(caught.value, ProgramFailed)
    assert caught.value.address in SECTORS[3]
    assert bytes(device.flash) == BYTES
    do(device, Erase(SECTORS[3]))


@pytest.mark.parametrize(
    "step",
    [
        Erase(Span(START + 4, 256)),
        Erase(Span(START, 200)),
        Erase(Span(START + len(BYTES), 256)),
        MassErase(Span(START, len(BYTES) + 2048)),
        Program(START + len(BYTES) - 4, b"overlong"),
        Program(0x1FFF_C000, b"options!"),
    ],
    ids=str,
)
def test_what_the_bootloader_does_not_declare_is_not_begun(step: Step) -> None:
    device = filled()
    with pytest.raises(LayoutMisfit) as caught:
        do(device, Erase(SECTORS[0]), step)
    assert bytes(device.flash) == BYTES
    assert "256" in caught.value.explain().why


def test_a_bootloader_that_keeps_its_own_sectors() -> None:
    """Firmware made of ST's DFU example has ST's ids, and declares itself readable only."""
    device = filled()
    names = ("@Internal Flash   /0x08000000/02*256 a,02*256 g,01*001Kg,03*002Kg",)
    link = link_to(device, names).flash_link(CHIP)
    for step in (Erase(SECTORS[1]), Program(SECTORS[1].start, b"four"), MassErase(CHIP.flash.span)):
        with pytest.raises(LayoutMisfit):
            list(link.carry_out([step]))
    list(link.carry_out([Erase(SECTORS[2])]))
    assert device.flash[:512] == BYTES[:512]


def test_sectors_of_the_bootloader_may_be_smaller_than_the_chip_s() -> None:
    names = ("@Internal Flash  /0x08000000/08*128 g,01*001Kg,03*002Kg",)
    link = link_to(filled(), names).flash_link(CHIP)
    assert done(list(link.carry_out([Erase(SECTORS[0])]))) == {Phase.ERASE: 256}


def test_protected_flash_is_told() -> None:
    device = filled()
    device.protected = True
    for step in (Erase(SECTORS[0]), Program(START, b"four"), Check(SECTORS[0], 0)):
        with pytest.raises(DfuProtected):
            do(device, step)
    assert bytes(device.flash) == BYTES


def with_quirks(*quirks: Quirk) -> Chip:
    return replace(CHIP, rom=msgspec.structs.replace(CHIP.rom, quirks=frozenset(quirks)))


def test_the_supply_is_told_where_the_rom_asks() -> None:
    device = filled()
    chip = with_quirks(Quirk.VOLTAGE_BYTE)
    link = link_to(device, (LAYOUT, OPTIONS, FEATURE)).flash_link(chip)
    list(link.carry_out([Check(SECTORS[0], digest(part(SECTORS[0])))]))
    told = [device.voltage]  # nothing was to be programmed
    list(link.carry_out(whole_image(BYTES[::-1])))
    assert [*told, device.voltage] == [None, 3]
    assert device.alternate == 0
    assert bytes(device.flash) == BYTES[::-1]


def test_a_rom_that_is_not_to_be_told_programs_all_the_same() -> None:
    device = filled()
    names = (LAYOUT, OPTIONS, "@Device Feature/0xFFFF8000/01*004 e")
    link = link_to(device, names).flash_link(with_quirks(Quirk.VOLTAGE_BYTE))
    list(link.carry_out(whole_image(BYTES[::-1])))
    assert bytes(device.flash) == BYTES[::-1]


@pytest.mark.parametrize("quirk", [None, Quirk.SHORT_MASS_ERASE_POLL, Quirk.NO_MASS_ERASE])
def test_mass_erase(quirk: Quirk | None) -> None:
    device = filled()
    device.poll_ms = lambda command: 1 if command is Command.ERASE else 0
    chip = with_quirks(quirk) if quirk else CHIP
    before = device.clock
    assert do(device, MassErase(CHIP.flash.span), chip=chip) == {Phase.ERASE: len(BYTES)}
    assert set(device.flash) == {0xFF}
    commands = [data for request, _, data in device.log if request is Request.DNLOAD]
    assert (b"\x41" in commands) == (quirk is not Quirk.NO_MASS_ERASE)
    if quirk is not Quirk.NO_MASS_ERASE:
        assert device.clock - before < MASS_S + 0.02


def test_one_bank_of_two_is_erased_by_sectors() -> None:
    first, second = SECTORS[:5], SECTORS[5:]
    bank = CHIP.flash.banks[0]
    flash = replace(CHIP.flash, banks=(replace(bank, sectors=first), replace(bank, sectors=second)))
    chip = replace(CHIP, flash=flash)
    device = filled()
    do(device, MassErase(flash.banks[1].span), chip=chip)
    size = flash.banks[0].span.size
    assert bytes(device.flash) == BYTES[:size] + b"\xff" * (len(BYTES) - size)
    do(device, *(MassErase(each.span) for each in flash.banks), chip=chip)
    assert set(device.flash) == {0xFF}


def test_run_leaves_for_the_program() -> None:
    device = filled()
    link_to(device).flash_link(CHIP).run(START)
    assert device.left_for == START


def lucky(luck: Luck, *transfers: int) -> Callable[[int], Luck]:
    return lambda now: luck if now in transfers else Luck.GOOD


@pytest.mark.parametrize("keeps_bits", [False, True], ids=["refuses", "clears bits"])
@pytest.mark.parametrize("luck", [Luck.LOST, Luck.ANSWER_LOST, Luck.STALLED, Luck.SILENT])
def test_bad_luck_at_any_transfer_is_put_right(luck: Luck, keeps_bits: bool) -> None:
    """The write is done all the same, and no bootloader is reset for it."""
    data = BYTES[::-1]
    steps: tuple[Step, ...] = (
        *(Erase(sector) for sector in SECTORS[3:6]),
        Program(SECTORS[3].start, part(Span(SECTORS[3].start, 256 + 1024 + 640), data)),
        *(Check(sector, digest(part(sector, data))) for sector in SECTORS[3:5]),
    )
    probe = filled()
    do(probe, *steps)
    for at in range(1, probe.transfers + 1):
        device = filled()
        device.keeps_bits = keeps_bits
        device.luck = lucky(luck, at)
        do(device, *steps)
        assert device.flash == probe.flash, f"transfer {at}"
        assert device.resets == 0


def torn(device: DfuDevice, times: int, start: int) -> None:
    """Have the block at `start` half programmed, with an error, so many times."""
    write = device._write
    left = [times]

    def half(block: int, data: bytes, part: float) -> Status:
        if device.pointer + (block - 2) * BLOCK != start or not left[0]:
            return write(block, data, part)
        left[0] -= 1
        write(block, data, 0.4)
        return Status.ERR_PROG

    device._write = half  # type: ignore[method-assign]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_block_that_is_torn_has_its_sector_erased_and_written_anew(times: int) -> None:
    data = BYTES[::-1]
    device = filled()
    device.keeps_bits = True
    torn(device, times, SECTORS[5].start + 3 * BLOCK)
    told = do(device, *whole_image(data))
    assert bytes(device.flash) == data
    assert told[Phase.PROGRAM] == len(data)


def test_a_block_that_stays_torn_is_told() -> None:
    device = filled()
    torn(device, 99, SECTORS[5].start + 3 * BLOCK)
    with pytest.raises(DfuProgramFailed):
        do(device, *whole_image(BYTES[::-1]))
    do(device, Erase(SECTORS[0]))


def test_a_sector_that_was_not_erased_is_not_erased_for_a_torn_block() -> None:
    """It may hold bytes that are written down nowhere: the next write keeps them."""
    device = filled()
    at = SECTORS[5].start + BLOCK
    device.flash[at - START : at - START + BLOCK] = b"\xff" * BLOCK
    torn(device, 1, at)
    with pytest.raises(DfuProgramFailed, match="not erased"):
        do(device, Program(at, BYTES[:BLOCK]))
    beside = Span(at + BLOCK, 512)
    assert part(beside, device.flash) == part(beside)


def test_no_step_is_no_transfer() -> None:
    device = filled()
    link = link_to(device).flash_link(CHIP)
    before = device.transfers
    assert list(link.carry_out([])) == []
    assert device.transfers == before
