"""What every flash link does, whatever changes the flash: one case a promise of `FlashLink`."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.errors import SwdflashError
from swdflash.events import Phase, PhaseEnded, PhaseStarted, Progressed
from swdflash.flashing.flash_link import flash_link
from swdflash.flashing.on_chip import OnChip
from swdflash.links.base import DebugLink, FlashLink
from swdflash.links.dfu.flash_link import DfuFlash
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
START = CHIP.flash.start
LOOP = struct.pack("<II248xH", 0x2000_1000, START + 0x101, 0xE7FE)  # vectors, `b .`


def content(chip: Chip) -> bytes:
    """What a chip holds to begin with: a program that does nothing, and random bytes."""
    return _content(chip.flash.span.size)


@cache
def _content(size: int) -> bytes:
    return LOOP + random.Random(4).randbytes(size - len(LOOP))


# mypy holds them to it
LINKS: list[type[FlashLink]] = [
    OnChip,
    OpenocdFlash,
    RecordingFlash,
    ReplayFlash,
    UartFlash,
    DfuFlash,
]


@dataclass
class Bench:
    """A flash link, and the debug link under it if any; the chip holds `content` and is held."""

    debug: DebugLink | None
    flash: FlashLink
    chip: Chip = CHIP

    def page(self, number: int) -> Span:
        return self.chip.flash.sectors[number]

    @property
    def bank(self) -> Span:
        return self.chip.flash.banks[0].span

    def at(self, span: Span) -> bytes:
        return content(self.chip)[span.start - START :][: span.size]


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
    for start, size in ((0, 5), (3, 6), (1021, 8), (1024, 5000)):
        assert bench.flash.read(START + start, size) == bench.at(Span(START + start, size))


def a_digest_is_that_of_the_bytes(bench: Bench) -> None:
    spans = [bench.page(0), Span(START + 1020, 2048), bench.page(-1)]
    assert bench.flash.digests(spans) == [digest(bench.at(span)) for span in spans]
    assert bench.flash.digests([]) == []


def no_steps_are_no_work(bench: Bench) -> None:
    assert do(bench) == {}


def only_the_sectors_that_are_named_are_erased(bench: Bench) -> None:
    pages = [bench.page(number) for number in (1, 2, 9)]
    assert do(bench, *map(Erase, pages)) == {Phase.ERASE: sum(page.size for page in pages)}


def a_bank_is_erased_at_once(bench: Bench) -> None:
    assert do(bench, MassErase(bench.bank)) == {Phase.ERASE: bench.bank.size}


def pieces_are_programmed_where_they_belong(bench: Bench) -> None:
    """Neighbours, pieces with small and large gaps, odd numbers of units, across sectors."""
    pages = [bench.page(number) for number in (4, 5, 6)]
    pieces = pieces_of(bench.chip)
    programs = [Program(START + at, data) for at, data in pieces]
    assert do(bench, *map(Erase, pages), *programs) == {
        Phase.ERASE: sum(page.size for page in pages),
        Phase.PROGRAM: sum(len(data) for _, data in pieces),
    }


def a_gap_between_pieces_is_left_as_it_is(bench: Bench) -> None:
    """Both pieces are blank; what is between them is not, and was not erased now."""
    place = bench.page(8).start
    do(bench, Erase(bench.page(8)), Program(place + 16, b"kept"))
    do(bench, Program(place, b"before.."), Program(place + 32, b"behind.."))


def more_than_one_command_can_hold(bench: Bench) -> None:
    data = content(bench.chip)[::-1]
    steps = (MassErase(bench.bank), Program(START, data), Check(bench.bank, digest(data)))
    assert set(do(bench, *steps).values()) == {bench.bank.size}


def a_check_finds_what_differs(bench: Bench) -> None:
    page = bench.page(3)
    do(bench, Check(page, digest(bench.at(page))))
    with pytest.raises(CheckFailed) as caught:
        do(bench, Check(page, 0x1234_5678))
    assert caught.value.start == page.start
    assert caught.value.got == digest(bench.at(page))


def what_is_not_erased_is_not_programmed(bench: Bench) -> None:
    with pytest.raises(ProgramFailed) as caught:
        do(bench, Program(bench.page(3).start, b"\x12\x34" * 8))
    assert caught.value.address in bench.page(3)


def it_goes_on_after_an_error(bench: Bench) -> None:
    page = bench.page(3)
    with pytest.raises(SwdflashError):
        do(bench, Check(page, 0))
    do(bench, Erase(page), Program(page.start, b"work"))


def the_core_is_halted_afterwards(bench: Bench) -> None:
    page = bench.page(3)
    do(bench, Erase(page))
    assert bench.debug is None or bench.debug.is_halted()
    do(bench, Program(page.start, b"\x12\x34\x56\x78"))
    assert bench.debug is None or bench.debug.is_halted()


def pieces_of(chip: Chip) -> list[tuple[int, bytes]]:
    """Offsets from the start of flash, and whole units of bytes."""
    first = chip.flash.sectors[4].start - START
    units = [(0, 3), (3, 5), (12, 1), (500, 25), (1024, 512)]
    places = [(first + at * chip.flash.unit, count * chip.flash.unit) for at, count in units]
    return [(at, content(chip)[at : at + size]) for at, size in places]


Held = Callable[[Chip], bytes]


def erased(*numbers: int, put: Callable[[Chip], list[tuple[int, bytes]]] | None = None) -> Held:
    """The content with these pages erased, then pieces put into it."""

    def held(chip: Chip) -> bytes:
        data = bytearray(content(chip))
        for sector in (chip.flash.sectors[number] for number in numbers):
            at = sector.start - START
            data[at : at + sector.size] = b"\xff" * sector.size
        for at, piece in put(chip) if put else []:
            data[at : at + len(piece)] = piece
        return bytes(data)

    return held


def into(number: int, *pieces: tuple[int, bytes]) -> Callable[[Chip], list[tuple[int, bytes]]]:
    """Pieces at offsets from a page."""
    return lambda chip: [
        (chip.flash.sectors[number].start - START + at, data) for at, data in pieces
    ]


# case: what flash holds afterwards, asked of the board
CASES: dict[Callable[[Bench], None], Held] = {
    it_reads_any_bytes: content,
    a_digest_is_that_of_the_bytes: content,
    no_steps_are_no_work: content,
    only_the_sectors_that_are_named_are_erased: erased(1, 2, 9),
    a_bank_is_erased_at_once: lambda chip: b"\xff" * chip.flash.span.size,
    pieces_are_programmed_where_they_belong: erased(4, 5, 6, put=pieces_of),
    a_gap_between_pieces_is_left_as_it_is: erased(
        8, put=into(8, (0, b"before.."), (16, b"kept"), (32, b"behind.."))
    ),
    more_than_one_command_can_hold: lambda chip: content(chip)[::-1],
    a_check_finds_what_differs: content,
    what_is_not_erased_is_not_programmed: content,
    it_goes_on_after_an_error: erased(3, put=into(3, (0, b"work"))),
    the_core_is_halted_afterwards: erased(3, put=into(3, (0, b"\x12\x34\x56\x78"))),
}
WAYS = {
    "on-chip": f"pyocd:sim:{BOARD}",
    "openocd": f"openocd:sim:{BOARD}",
    "openocd-hla": f"openocd:sim:{BOARD}?transport=hla_swd",
}
ROM_WAYS = {
    "uart": ("uart", "STM32F103C8"),
    "dfu-f0": ("dfu", "STM32F072C8"),
    "dfu-f4": ("dfu", "STM32F405RG"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_link(
    way: str, case: Callable[[Bench], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case holds on the link, on a recorder over it, and on what that recorded."""
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    tape = tmp_path / "tape.jsonl"
    with Store().open(BOARD) as kept:
        kept.nonvolatile.flash[: CHIP.flash.span.size] = content(CHIP)
    with open_debug_link(WAYS[way], record=tape) as link:
        run(case, link)
    with Store().open(BOARD) as kept:
        assert kept.nonvolatile.flash[: CHIP.flash.span.size] == CASES[case](CHIP)
    with open_debug_link(f"replay:{tape}") as link:
        run(case, link)


@pytest.mark.parametrize("way", ROM_WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_link_to_rom(
    way: str, case: Callable[[Bench], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    wiring = Wiring(serial=serial_of("rom"), boot0=1, uptime_s=0.01)
    method, part = ROM_WAYS[way]
    chip = chip_named(part)
    Store().create("rom", Record(chip=part, wiring=wiring))
    with Store().open("rom") as kept:
        kept.nonvolatile.flash[: chip.flash.span.size] = content(chip)
    with open_rom_link(f"{method}:sim:rom", timeout_s=5.0) as link:
        case(Bench(None, link.flash_link(chip), chip))
    with Store().open("rom") as kept:
        assert kept.nonvolatile.flash[: chip.flash.span.size] == CASES[case](chip)


def run(case: Callable[[Bench], None], link: DebugLink) -> None:
    reset_and_halt(link)
    case(Bench(link, flash_link(link, CHIP)))


def test_they_are_what_they_are_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    for way, kind in {"on-chip": OnChip, "openocd": OpenocdFlash}.items():
        with open_debug_link(WAYS[way]) as link:
            assert type(flash_link(link, CHIP)) is kind
