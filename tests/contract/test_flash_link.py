"""What every flash link does, whatever changes the flash: one case a promise of `FlashLink`."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from swdflash.chips.data import chip_named
from swdflash.errors import SwdflashError
from swdflash.events import Phase, PhaseEnded, PhaseStarted, Progressed
from swdflash.flashing.flash_link import flash_link
from swdflash.flashing.on_chip import OnChip
from swdflash.links.base import DebugLink, FlashLink
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.factory import open_debug_link
from swdflash.links.flash_errors import ProgramFailed
from swdflash.links.flash_recording import RecordingFlash, ReplayFlash
from swdflash.links.openocd.flash_link import OpenocdFlash
from swdflash.links.rom_factory import open_rom_link
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.links.uart.flash_link import UartFlash
from swdflash.memory import Span
from swdflash.sim.store import Record, Store, serial_of
from swdflash.sim.wiring import Wiring
from swdflash.target.reset import reset_and_halt

BOARD = "bluepill"
CHIP = chip_named("STM32F103C8")
FLASH = CHIP.flash
PAGE = FLASH.sectors[0].size
LOOP = struct.pack("<II248xH", 0x2000_1000, FLASH.start + 0x101, 0xE7FE)  # vectors, `b .`
BYTES = LOOP + random.Random(4).randbytes(FLASH.span.size - len(LOOP))

# mypy holds them to it
LINKS: list[type[FlashLink]] = [OnChip, OpenocdFlash, RecordingFlash, ReplayFlash, UartFlash]


@dataclass
class Bench:
    """A flash link, and the debug link under it if any; the chip holds BYTES and is held."""

    debug: DebugLink | None
    flash: FlashLink


def page(number: int) -> Span:
    return FLASH.sectors[number]


def at(span: Span, data: bytes = BYTES) -> bytes:
    return data[span.start - FLASH.start :][: span.size]


def do(bench: Bench, *steps: Step) -> dict[Phase, int]:
    """Carry the steps out; the bytes that were told as done, by phase."""
    done = dict.fromkeys(Phase, 0)
    running: Phase | None = None
    for event in bench.flash.carry_out(steps):
        match event:
            case PhaseStarted(phase):
                assert running is None
                running = phase
            case Progressed(phase, size):
                assert phase is running
                assert size > done[phase]
                done[phase] = size
            case PhaseEnded(phase):
                assert phase is running
                running = None
    assert running is None
    return {phase: size for phase, size in done.items() if size}


def it_reads_any_bytes(bench: Bench) -> None:
    for start, size in ((0, 5), (3, 6), (1021, 8), (PAGE, 5000)):
        assert bench.flash.read(FLASH.start + start, size) == BYTES[start : start + size]


def a_digest_is_that_of_the_bytes(bench: Bench) -> None:
    spans = [page(0), Span(FLASH.start + 1020, 2048), page(63)]
    assert bench.flash.digests(spans) == [digest(at(span)) for span in spans]
    assert bench.flash.digests([]) == []


def no_steps_are_no_work(bench: Bench) -> None:
    assert do(bench) == {}


def only_the_sectors_that_are_named_are_erased(bench: Bench) -> None:
    assert do(bench, Erase(page(1)), Erase(page(2)), Erase(page(9))) == {Phase.ERASE: 3 * PAGE}


def a_bank_is_erased_at_once(bench: Bench) -> None:
    bank = FLASH.banks[0].span
    assert do(bench, MassErase(bank)) == {Phase.ERASE: bank.size}


def pieces_are_programmed_where_they_belong(bench: Bench) -> None:
    """Neighbours, pieces with small and large gaps, odd numbers of units, across sectors."""
    erases = [Erase(page(number)) for number in (4, 5, 6)]
    start = page(4).start
    pieces = [(0, 6), (6, 10), (24, 2), (1000, 50), (2048, 1024)]
    programs = [Program(start + place, BYTES[place : place + size]) for place, size in pieces]
    total = sum(size for _, size in pieces)
    assert do(bench, *erases, *programs) == {Phase.ERASE: 3 * PAGE, Phase.PROGRAM: total}


def a_gap_between_pieces_is_left_as_it_is(bench: Bench) -> None:
    """Both pieces are blank; what is between them is not, and was not erased now."""
    place = page(8).start
    do(bench, Erase(page(8)), Program(place + 16, b"kept"))
    do(bench, Program(place, b"before"), Program(place + 32, b"behind"))


def more_than_one_command_can_hold(bench: Bench) -> None:
    bank, data = FLASH.banks[0].span, BYTES[::-1]
    steps = (MassErase(bank), Program(bank.start, data), Check(bank, digest(data)))
    assert set(do(bench, *steps).values()) == {bank.size}


def a_check_finds_what_differs(bench: Bench) -> None:
    do(bench, Check(page(3), digest(at(page(3)))))
    with pytest.raises(CheckFailed) as caught:
        do(bench, Check(page(3), 0x1234_5678))
    assert caught.value.start == page(3).start
    assert caught.value.got == digest(at(page(3)))


def what_is_not_erased_is_not_programmed(bench: Bench) -> None:
    with pytest.raises(ProgramFailed) as caught:
        do(bench, Program(page(3).start, b"\x12\x34" * 8))
    assert caught.value.address in page(3)


def it_goes_on_after_an_error(bench: Bench) -> None:
    with pytest.raises(SwdflashError):
        do(bench, Check(page(3), 0))
    do(bench, Erase(page(3)), Program(page(3).start, b"works"[:4]))


def the_core_is_halted_afterwards(bench: Bench) -> None:
    do(bench, Erase(page(3)))
    assert bench.debug is None or bench.debug.is_halted()
    do(bench, Program(page(3).start, b"\x12\x34"))
    assert bench.debug is None or bench.debug.is_halted()


def erased(*numbers: int, data: bytes = BYTES) -> bytes:
    """The bytes with these pages erased."""
    for number in numbers:
        first = number * PAGE
        data = data[:first] + b"\xff" * PAGE + data[first + PAGE :]
    return data


def put(data: bytes, place: int, piece: bytes) -> bytes:
    return data[:place] + piece + data[place + len(piece) :]


def pieces_put() -> bytes:
    data = erased(4, 5, 6)
    for place, size in [(0, 6), (6, 10), (24, 2), (1000, 50), (2048, 1024)]:
        data = put(data, 4 * PAGE + place, BYTES[place : place + size])
    return data


def gap_left() -> bytes:
    page_8 = b"before".ljust(16, b"\xff") + b"kept".ljust(16, b"\xff") + b"behind"
    return put(erased(8), 8 * PAGE, page_8)


# case: what flash holds afterwards, asked of the board
CASES: dict[Callable[[Bench], None], bytes] = {
    it_reads_any_bytes: BYTES,
    a_digest_is_that_of_the_bytes: BYTES,
    no_steps_are_no_work: BYTES,
    only_the_sectors_that_are_named_are_erased: erased(1, 2, 9),
    a_bank_is_erased_at_once: b"\xff" * len(BYTES),
    pieces_are_programmed_where_they_belong: pieces_put(),
    a_gap_between_pieces_is_left_as_it_is: gap_left(),
    more_than_one_command_can_hold: BYTES[::-1],
    a_check_finds_what_differs: BYTES,
    what_is_not_erased_is_not_programmed: BYTES,
    it_goes_on_after_an_error: put(erased(3), 3 * PAGE, b"work"),
    the_core_is_halted_afterwards: put(erased(3), 3 * PAGE, b"\x12\x34"),
}
WAYS = {
    "on-chip": f"pyocd:sim:{BOARD}",
    "openocd": f"openocd:sim:{BOARD}",
    "openocd-hla": f"openocd:sim:{BOARD}?transport=hla_swd",
}
ROM_WAYS = {"uart": "uart:sim:rom"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_link(
    way: str, case: Callable[[Bench], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case holds on the link, on a recorder over it, and on what that recorded."""
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    tape = tmp_path / "tape.jsonl"
    with Store().open(BOARD) as kept:
        kept.nonvolatile.flash[: len(BYTES)] = BYTES
    with open_debug_link(WAYS[way], record=tape) as link:
        run(case, link)
    with Store().open(BOARD) as kept:
        assert kept.nonvolatile.flash[: len(BYTES)] == CASES[case]
    with open_debug_link(f"replay:{tape}") as link:
        run(case, link)


@pytest.mark.parametrize("way", ROM_WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_link_to_rom(
    way: str, case: Callable[[Bench], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    wiring = Wiring(serial=serial_of("rom"), boot0=1, uptime_s=0.01)
    Store().create("rom", Record(chip="STM32F103C8", wiring=wiring))
    with Store().open("rom") as kept:
        kept.nonvolatile.flash[: len(BYTES)] = BYTES
    with open_rom_link(ROM_WAYS[way]) as link:
        case(Bench(None, link.flash_link(CHIP)))
    with Store().open("rom") as kept:
        assert kept.nonvolatile.flash[: len(BYTES)] == CASES[case]


def run(case: Callable[[Bench], None], link: DebugLink) -> None:
    reset_and_halt(link)
    case(Bench(link, flash_link(link, CHIP)))


def test_they_are_what_they_are_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    for way, kind in {"on-chip": OnChip, "openocd": OpenocdFlash}.items():
        with open_debug_link(WAYS[way]) as link:
            assert type(flash_link(link, CHIP)) is kind
