"""Writing from end to end on a virtual board, with everything that can go wrong on the way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from swdflash.chips.arm import CPUID, PIDR
from swdflash.chips.data import chip_named
from swdflash.events import Event, Noted, Phase, PhaseStarted
from swdflash.flashing.erase import prepare_erase
from swdflash.flashing.errors import (
    EraseNeeded,
    JournalNotWritten,
    VerifyFailed,
    WriteCutShort,
    WriteInterrupted,
)
from swdflash.flashing.plan import EraseMode, PlanOptions, Strategy
from swdflash.flashing.read import read_memory, verify_image
from swdflash.flashing.write import plan_write, prepare_write
from swdflash.images.image import Image
from swdflash.images.misfits import OutsideFlash
from swdflash.links.errors import LinkLost
from swdflash.memory import Span
from swdflash.sim.clock import PS_PER_S
from swdflash.target.errors import PagesWriteProtected
from swdflash.target.presence import Presence
from swdflash.target.target import DebugIdentity, Target
from tests.fakes.board_link import UID, BoardLink, new_board

CHIP = chip_named("STM32F103C4")
START = CHIP.flash.start
NOISE = random.Random(6).randbytes(CHIP.flash.span.size)
BLINK = bytes.fromhex("00040020 09000008 fee7 fee7 fee7 fee7")  # vectors, then `b .`
PART = Image.of(START + 0x1F0, random.Random(7).randbytes(700))  # neither page as a whole


class Bench:
    """A board with firmware that runs, a chip within reach, and a place for journals."""

    def __init__(self, journals: Path, monkeypatch: pytest.MonkeyPatch, uid: bytes = UID) -> None:
        self.old = BLINK + NOISE[len(BLINK) :]
        self.board, self._kept = new_board(CHIP, self.old, uid)
        monkeypatch.setattr(time, "sleep", self.sleep)
        self.link = BoardLink(self.board)
        self.interrupt: Callable[[], bool] = lambda: False
        self.link.before = lambda _access: self.maybe_interrupt()
        self.journals = journals
        identity = DebugIdentity(
            cpuid=CPUID(0x411F_C231),
            dpidr=0x1BA0_1477,
            pidr=PIDR(0),
            idcode=0x412,
            dev_id=0x412,
            rev_id=0,
            revision=None,
            flash_kib=16,
            size_register=16,
            uid=uid.hex(),
            clone=None,
        )
        self.target = Target(CHIP, self.link, identity, Presence(self.link, CHIP))
        self.events: list[Event] = []

    def sleep(self, seconds: float) -> None:
        """In steps, so that Ctrl-C can come in between."""
        until = self.board.clock.now + seconds
        while self.board.clock.now < until:
            self.maybe_interrupt()
            self.board.spend(min(1e-3, until - self.board.clock.now + 1e-9))

    def maybe_interrupt(self) -> None:
        if self.interrupt():
            self.interrupt = lambda: False
            raise KeyboardInterrupt

    def power_off_at(self, seconds: float) -> None:
        self.board.clock.alarm(round(seconds * PS_PER_S), self.board.power_off)

    @property
    def flash(self) -> bytes:
        return self._kept.flash[: CHIP.flash.span.size]

    def put(self, address: int, data: bytes) -> None:
        """As if another tool had written there."""
        self._kept.flash[address - START : address - START + len(data)] = data

    def with_option_byte(self, name: str, value: int) -> None:
        at = CHIP.option_byte_at[name] - CHIP.system_memory.start
        self._kept.information_block[at : at + 2] = bytes([value, value ^ 0xFF])
        self.board.power_off()
        self.board.power_on()

    def write(self, image: Image, erase: EraseMode = EraseMode.SECTOR) -> Strategy:
        prepared = prepare_write(self.target, image, PlanOptions(erase), journals=self.journals)
        prepared.carry_out(self.events.append)
        return prepared.plan.strategy

    def expected(self, image: Image) -> bytes:
        return Image.of(START, self.old).overlay(image).read(CHIP.flash.span)

    def notes(self) -> list[str]:
        return [event.code for event in self.events if isinstance(event, Noted)]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path / "journals", monkeypatch)


def test_old_bytes_beside_the_image_survive_and_the_firmware_runs(bench: Bench) -> None:
    bench.write(PART)
    assert bench.flash == bench.expected(PART)
    assert not bench.board.chip.core.halted
    assert not list(bench.journals.iterdir())
    phases = [event.phase for event in bench.events if isinstance(event, PhaseStarted)]
    assert phases == [Phase.ERASE, Phase.PROGRAM, Phase.VERIFY, Phase.RESET]
    assert bench.board.log == []


def test_again_there_is_nothing_to_do(bench: Bench) -> None:
    bench.write(PART)
    accesses = bench.link.accesses
    assert bench.write(PART) is Strategy.NOTHING
    assert bench.link.accesses - accesses < 40


def test_without_reset_the_core_stands_at_its_first_instruction(bench: Bench) -> None:
    prepare_write(bench.target, PART, journals=bench.journals).carry_out(reset=False)
    assert bench.board.chip.core.halted
    assert bench.link.read_core(["pc"]) == [0x0800_0008]


def test_a_dry_run_disturbs_nothing(bench: Bench) -> None:
    ram = bench.link.read(0x2000_0000, 4096)
    plan = plan_write(bench.target, PART, journals=bench.journals)
    assert plan.erase == CHIP.flash.sectors[:2]
    assert plan.kept_bytes
    assert not bench.board.chip.core.halting.enabled
    assert bench.link.read(0x2000_0000, 4096) == ram
    assert bench.flash == bench.old
    assert not bench.journals.exists()
    prepared = prepare_write(bench.target, PART, journals=bench.journals)
    assert prepared.plan == plan


def test_a_write_that_is_refused_leaves_the_firmware_running(bench: Bench) -> None:
    with pytest.raises(EraseNeeded):
        bench.write(PART, EraseMode.NONE)
    with pytest.raises(OutsideFlash):
        bench.write(Image.of(CHIP.flash.end, b"x"))
    assert not bench.board.chip.core.halted
    assert bench.flash == bench.old


def duration_of_a_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    bench = Bench(folder, monkeypatch)
    bench.write(PART)
    return bench.board.clock.now


CUTS = 24


def test_the_same_command_finishes_after_a_power_cut_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = duration_of_a_write(tmp_path / "whole", monkeypatch)
    states = set()
    for cut in range(CUTS):
        bench = Bench(tmp_path / str(cut), monkeypatch)
        bench.power_off_at(whole * cut / CUTS)
        with pytest.raises((WriteCutShort, LinkLost)):
            bench.write(PART)
        states.add(bench.flash)
        bench.board.power_on()
        bench.write(PART)
        assert bench.flash == bench.expected(PART)
        assert not bench.journals.exists() or not list(bench.journals.iterdir())
    assert len(states) > CUTS / 4, "cuts were spread over the whole write"


def test_the_same_command_finishes_after_ctrl_c_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = duration_of_a_write(tmp_path / "whole", monkeypatch)
    states = set()
    for cut in range(CUTS):
        bench = Bench(tmp_path / str(cut), monkeypatch)
        then = whole * cut / CUTS
        clock = bench.board.clock
        bench.interrupt = lambda clock=clock, then=then: clock.now >= then  # type: ignore[misc]
        with pytest.raises((WriteInterrupted, KeyboardInterrupt)):
            bench.write(PART)
        states.add(bench.flash)
        bench.write(PART)
        assert bench.flash == bench.expected(PART)
        assert not bench.journals.exists() or not list(bench.journals.iterdir())
    assert len(states) > CUTS / 4, "cuts were spread over the whole write"


class Killed(BaseException):
    """SIGKILL, as far as this process can have it without dying: nothing is done after it."""


def test_the_same_command_finishes_after_a_kill_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody stops the loader: it ends what is in its ring, then waits, until the next reset."""
    whole = duration_of_a_write(tmp_path / "whole", monkeypatch)
    for cut in range(CUTS):
        bench = Bench(tmp_path / str(cut), monkeypatch)
        then = whole * cut / CUTS

        def kill(bench: Bench = bench, then: float = then) -> bool:
            if bench.board.clock.now >= then:
                raise Killed
            return False

        bench.interrupt = kill
        with pytest.raises(Killed):
            bench.write(PART)
        bench.interrupt = lambda: False
        bench.board.spend(0.1)
        bench.write(PART)
        assert bench.flash == bench.expected(PART)
        assert not bench.journals.exists() or not list(bench.journals.iterdir())


def test_another_image_puts_kept_bytes_back_too(bench: Bench) -> None:
    interrupt_while_erased(bench)
    other = Image.of(CHIP.flash.sectors[9].start, b"another image")
    bench.write(other)
    assert bench.notes() == ["journal-restored"]
    around = Image.of(START, bench.flash).overlay(PART).read(CHIP.flash.span)
    assert around == bench.expected(other.overlay(PART))


def interrupt_while_erased(bench: Bench) -> None:
    """Stop once a page is erased and not yet programmed."""
    bench.interrupt = lambda: bench.flash[1024:2048] == b"\xff" * 1024
    with pytest.raises(WriteInterrupted) as stopped:
        bench.write(PART)
    assert "safe in the journal" in stopped.value.state
    assert bench.board.chip.core.halted
    bench.board.spend(0.05)  # what the flash had begun, it ends
    assert list(bench.journals.iterdir())


def test_what_others_wrote_since_is_left_alone(bench: Bench) -> None:
    interrupt_while_erased(bench)
    bench.put(START, NOISE[::-1][:2048])
    before = bench.flash
    other = Image.of(CHIP.flash.sectors[9].start, b"another image")
    bench.write(other)
    assert bench.notes() == ["journal-foreign"]
    assert bench.flash == Image.of(START, before).overlay(other).read(CHIP.flash.span)
    assert [path.suffix for path in bench.journals.iterdir()] == [".set-aside"]


def test_a_damaged_journal_is_set_aside(bench: Bench) -> None:
    interrupt_while_erased(bench)
    (journal,) = bench.journals.iterdir()
    journal.write_bytes(journal.read_bytes()[:-9])
    bench.write(PART)
    assert bench.notes() == ["journal-damaged"]
    assert [path.suffix for path in bench.journals.iterdir()] == [".set-aside"]


def test_erase_chip_gives_kept_bytes_up_and_says_so(bench: Bench) -> None:
    interrupt_while_erased(bench)
    bench.write(PART, EraseMode.CHIP)
    assert bench.notes() == ["journal-dropped"]
    assert bench.flash == PART.read(CHIP.flash.span, fill=0xFF)
    assert not list(bench.journals.iterdir())


def test_erasing_gives_up_what_was_kept_there(bench: Bench) -> None:
    interrupt_while_erased(bench)
    prepare_erase(bench.target, journals=bench.journals).carry_out(bench.events.append)
    assert bench.notes() == ["journal-dropped"]
    assert bench.flash == b"\xff" * 16384
    assert not list(bench.journals.iterdir())


def test_without_an_id_of_its_own_a_chip_has_no_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path / "journals", monkeypatch, uid=b"\xff" * 12)
    bench.write(PART)
    assert bench.notes() == ["no-journal"]
    assert bench.flash == bench.expected(PART)
    assert not bench.journals.exists()


def test_nothing_is_erased_where_the_journal_cannot_be_written(bench: Bench) -> None:
    bench.journals.write_bytes(b"a file where a folder should be")
    with pytest.raises(JournalNotWritten):
        bench.write(PART)
    assert bench.flash == bench.old
    assert not bench.board.chip.core.halted


def test_protected_pages_are_seen_before_anything_changes(bench: Bench) -> None:
    bench.with_option_byte("WRP0", 0xFE)  # pages 0 to 3
    with pytest.raises(PagesWriteProtected):
        bench.write(PART)
    assert bench.flash == bench.old


def test_a_protected_page_that_stays_as_it_is_is_no_obstacle(bench: Bench) -> None:
    bench.with_option_byte("WRP0", 0xFE)
    image = Image.of(START, bench.old[:4096] + NOISE[::-1][4096:])
    assert bench.write(image) is Strategy.SECTORS
    assert bench.flash == bench.expected(image)


def test_whole_sectors_are_erased_and_no_more(bench: Bench) -> None:
    prepared = prepare_erase(bench.target, [Span(START + 0x7FF, 2)], journals=bench.journals)
    assert prepared.plan.erase == CHIP.flash.sectors[1:3]
    assert bench.flash == bench.old
    done = prepared.carry_out()
    assert done.erased_bytes == 2048
    assert bench.flash == bench.old[:1024] + b"\xff" * 2048 + bench.old[3072:]


def test_erase_beyond_flash_is_refused(bench: Bench) -> None:
    with pytest.raises(OutsideFlash):
        prepare_erase(bench.target, [Span(CHIP.flash.end - 1024, 4096)])


def test_verify_names_the_first_difference_and_disturbs_nothing(bench: Bench) -> None:
    verify_image(bench.target, Image.of(START + 4096, bench.old[4096:]))
    bench.put(START + 0x2345, b"\xff")
    bench.put(START + 0x3456, b"\xff")
    with pytest.raises(VerifyFailed) as failed:
        verify_image(bench.target, Image.of(START, bench.old))
    assert (failed.value.address, failed.value.count) == (START + 0x2345, 2)
    assert "erased" in failed.value.cause
    assert not bench.board.chip.core.halting.enabled


def test_memory_is_read_with_progress(bench: Bench) -> None:
    span = Span(START + 0x100, 0x2000)
    assert read_memory(bench.target, span, bench.events.append) == bench.old[0x100:0x2100]
    assert bench.events[0] == PhaseStarted(Phase.READ, 0x2000)
