"""The loader on a virtual board: what the board's own flash holds afterwards is what counts."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.events import Event, Phase, PhaseEnded, PhaseStarted, Progressed
from swdflash.flashing.errors import LoaderStopped, NoRoomForLoader
from swdflash.flashing.flash_link import loader_of
from swdflash.flashing.on_chip import OnChip
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.errors import LinkLost
from swdflash.links.flash_errors import ChangeRefused, ProgramFailed
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span
from tests.fakes.board_link import BoardLink, new_board, sleep_on

C8 = chip_named("STM32F103C8")
START = C8.flash.start
PAGES = C8.flash.sectors


class Bench:
    """A halted chip with a loader, and the flash behind it."""

    def __init__(self, chip: Chip, contents: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        self.board, self._kept = new_board(chip, contents)
        sleep_on(self.board, monkeypatch)
        self.link = BoardLink(self.board)
        self.link.reset_and_halt()
        self.on_chip = OnChip(self.link, chip, loader_of(chip))

    def do(self, *steps: Step) -> list[Event]:
        before = len(self.board.log)
        events = list(self.on_chip.carry_out(steps))
        assert self.board.log[before:] == [], "nothing that the manual forbids"
        return events

    def flash(self, span: Span) -> bytes:
        at = span.start - START
        return self._kept.flash[at : at + span.size]


@pytest.fixture
def noise() -> bytes:
    return random.Random(3).randbytes(C8.flash.span.size)


@pytest.fixture
def bench(noise: bytes, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(C8, noise, monkeypatch)


def test_digests_of_any_number_of_spans(bench: Bench, noise: bytes) -> None:
    spans = [Span(START + 4 * n, 4 + 4 * (n % 9)) for n in range(1100)]
    expected = [digest(noise[s.start - START : s.end - START]) for s in spans]
    assert bench.on_chip.digests(spans) == expected
    assert bench.on_chip.digests([]) == []


def test_erase_program_and_check_in_one_run(bench: Bench, noise: bytes) -> None:
    data = bytes(range(250)) * 9
    after = data.ljust(3072, b"\xff")
    checks = [
        Check(page, digest(after[n * 1024 : n * 1024 + 1024])) for n, page in enumerate(PAGES[1:4])
    ]
    events = bench.do(*map(Erase, PAGES[1:4]), Program(PAGES[1].start, data), *checks)
    assert bench.flash(Span(PAGES[1].start, 3072)) == after
    assert bench.flash(PAGES[0]) == noise[:1024]
    assert bench.flash(PAGES[4]) == noise[4096:5120]
    totals = {event.phase: event.total for event in events if isinstance(event, PhaseStarted)}
    assert totals == {Phase.ERASE: 3072, Phase.PROGRAM: 2250, Phase.VERIFY: 3072}
    last = {event.phase: event.done for event in events if isinstance(event, Progressed)}
    assert last == totals
    assert sum(isinstance(event, PhaseEnded) for event in events) == 3


def test_a_program_many_times_the_ring_at_an_odd_half_word(bench: Bench) -> None:
    data = random.Random(4).randbytes(40 * 1024 + 2)
    bench.do(MassErase(C8.flash.span), Program(START + 2, data))
    assert bench.flash(C8.flash.span) == (b"\xff\xff" + data).ljust(65536, b"\xff")


def test_many_small_programs_wrap_around_the_ring(bench: Bench) -> None:
    spots = range(START, C8.flash.end, 48)
    bench.do(MassErase(C8.flash.span), *(Program(at, b"\x12\x34\x56\x78\x9a\xbc") for at in spots))
    image = b"\x12\x34\x56\x78\x9a\xbc".ljust(48, b"\xff") * (len(spots))
    assert bench.flash(C8.flash.span) == image[:65536]


def test_a_cell_that_is_not_erased_is_named(bench: Bench) -> None:
    bench.do(Erase(PAGES[2]), Program(PAGES[2].start + 8, b"\x55\x55"))
    with pytest.raises(ProgramFailed) as failed:
        bench.do(Program(PAGES[2].start, b"\xaa" * 32))
    assert failed.value.address == PAGES[2].start + 8
    assert bench.flash(Span(PAGES[2].start, 12)) == b"\xaa" * 8 + b"\x55\x55\xff\xff"


def test_it_works_again_after_a_failure(bench: Bench) -> None:
    with pytest.raises(ProgramFailed):
        bench.do(Program(START, b"\xaa\xaa"))
    bench.do(Erase(PAGES[0]), Program(START, b"\xaa\xaa"))
    assert bench.flash(Span(START, 4)) == b"\xaa\xaa\xff\xff"


def test_a_digest_that_differs_is_named(bench: Bench, noise: bytes) -> None:
    right = digest(noise[:1024])
    with pytest.raises(CheckFailed) as failed:
        bench.do(Check(PAGES[0], right), Check(PAGES[1], right))
    assert (failed.value.start, failed.value.expected) == (PAGES[1].start, right)
    assert failed.value.got == digest(noise[1024:2048])


def test_flash_is_locked_afterwards(bench: Bench) -> None:
    bench.do(Erase(PAGES[0]), Program(START, b"\0\1"))
    assert bench.link.read32(C8.registers["FLASH_CR"]) == 1 << 7
    assert bench.board.chip.core.halted


def test_a_protected_page_is_named(noise: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    board, kept = new_board(C8, noise)
    at = C8.option_byte_at["WRP0"] - C8.system_memory.start
    kept.information_block[at : at + 2] = b"\xfd\x02"  # pages 4 to 7
    board.power_off()
    board.power_on()
    sleep_on(board, monkeypatch)
    link = BoardLink(board)
    link.reset_and_halt()
    with pytest.raises(ChangeRefused) as refused:
        list(OnChip(link, C8, loader_of(C8)).carry_out([Erase(PAGES[3]), Erase(PAGES[5])]))
    assert refused.value.address == PAGES[5].start
    assert kept.flash[5120:6144] == noise[5120:6144]


def test_a_reset_under_the_loader_is_noticed(bench: Bench) -> None:
    def press_reset(access: int) -> None:
        if access == 12:
            bench.board.drive_nrst(low=True)
            bench.board.drive_nrst(low=False)

    bench.link.before = press_reset
    with pytest.raises(LoaderStopped) as stopped:
        bench.do(*map(Erase, PAGES))
    assert "reset" in str(stopped.value)


def test_power_that_goes_and_comes_back_is_noticed(bench: Bench) -> None:
    def blink(access: int) -> None:
        if access == 12:
            bench.board.power_off()
            bench.board.power_on()

    bench.link.before = blink
    with pytest.raises(LoaderStopped) as stopped:
        bench.do(*map(Erase, PAGES))
    assert "lost power" in str(stopped.value)


def test_power_that_goes_is_a_lost_link(bench: Bench) -> None:
    bench.link.before = lambda access: bench.board.power_off() if access == 12 else None
    with pytest.raises(LinkLost):
        bench.do(*map(Erase, PAGES))


def test_the_core_is_stopped_where_the_host_stops(bench: Bench) -> None:
    working = bench.on_chip.carry_out([*map(Erase, PAGES)])
    next(working)
    next(working)
    working.close()  # type: ignore[attr-defined]  # a generator, as it happens
    assert bench.board.chip.core.halted


@pytest.mark.parametrize("name", ["STM32F103C4", "STM32F100C4", "STM32F103ZG", "STM32F107RC"])
def test_other_sizes_of_ram_and_flash(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """4 KiB of RAM, 2 KiB pages, two banks with a controller each."""
    chip = chip_named(name)
    bench = Bench(chip, b"\0" * chip.flash.span.size, monkeypatch)
    ends = [bank.sectors[n] for bank in chip.flash.banks for n in (0, -1)]
    data = random.Random(5).randbytes(1000)
    bench.do(*map(Erase, ends), *(Program(page.start, data) for page in ends))
    for page in ends:
        assert bench.flash(page) == data.ljust(page.size, b"\xff")
    page = chip.flash.sectors[1]
    assert bench.on_chip.digests([page]) == [digest(bytes(page.size))]


def test_each_bank_is_mass_erased_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = chip_named("STM32F103ZG")
    bench = Bench(chip, b"\0" * chip.flash.span.size, monkeypatch)
    first, second = (bank.span for bank in chip.flash.banks)
    bench.do(MassErase(second))
    assert bench.flash(first) == bytes(first.size)
    assert bench.flash(second) == b"\xff" * second.size


def test_too_little_ram_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = replace(C8, sure_sram=Span(0x2000_0000, 1024))
    with pytest.raises(NoRoomForLoader):
        OnChip(BoardLink(new_board(C8)[0]), tiny, loader_of(tiny))


def test_a_program_in_ram_is_started_by_its_vectors(bench: Bench) -> None:
    entry = 0x2000_0408
    code = bytes.fromhex("fee7")  # b .
    vectors = (0x2000_1000).to_bytes(4, "little") + (entry | 1).to_bytes(4, "little")
    bench.link.write(0x2000_0400, vectors + code.ljust(4, b"\0"))
    bench.on_chip.run(0x2000_0400)
    bench.board.spend(0.001)
    bench.link.halt()
    assert bench.link.read_core(["pc", "sp"]) == [entry, 0x2000_1000]
    assert bench.link.read32(0xE000_ED08) == 0x2000_0400
