"""Interrupted, refused, shorted: NRST is let go on every way out, and nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import diagnose
from swdflash.recovery.errors import HandNeeded, HeldInReset, NoWayIn
from swdflash.recovery.finding import Cause
from swdflash.recovery.hand import Act
from swdflash.recovery.ladder import ALONE, LADDER, climb
from swdflash.recovery.recover import recover
from swdflash.recovery.rung import Needs, Reached, Rung
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from tests.recovery.hand import PlayedHand
from tests.recovery.scene import make_board, on_bench

NEVER = 1_000_000
BUTTON = frozenset({Act.HOLD_RESET, Act.RELEASE_RESET})


class Interruption:
    """A signal after so many USB transfers."""

    def __init__(self) -> None:
        self.left = NEVER
        self.number = signal.SIGINT

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(self.number)


@pytest.fixture
def interruption(monkeypatch: pytest.MonkeyPatch) -> Iterator[Interruption]:
    coming = Interruption()
    begin = Plug._begin

    def counted(plug: Plug, size: int) -> None:
        begin(plug, size)
        coming.count()

    monkeypatch.setattr(Plug, "_begin", counted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield coming
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def levels(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Every time that a probe drove NRST: True for low."""
    seen: list[bool] = []
    drive = VirtualBoard.drive_nrst

    def watched(board: VirtualBoard, low: bool) -> None:
        seen.append(low)
        drive(board, low)

    monkeypatch.setattr(VirtualBoard, "drive_nrst", watched)
    return seen


BY_PROBE = [rung for rung in LADDER if not rung.needs & (Needs.UART | Needs.DFU)]


def one_climb(rung: Rung) -> VirtualBoard:
    """The rung alone, on a board that it is for."""
    by_hand = bool(rung.needs & Needs.HAND)
    erases = bool(rung.needs & Needs.CONSENT)
    board = make_board("swj_off_10ms", rdp=int(erases), nrst_wired=not by_hand)
    pointed_at = Cause.READ_PROTECTED_1 if erases else None
    with on_bench(board) as scene, Bench(scene.way, agree=lambda _action: None) as bench:
        bench.hand = PlayedHand(board)
        try:
            climb(bench, [rung], pointed_at=pointed_at).link.close()
        except NoWayIn:
            return board
    return board


@pytest.mark.parametrize("rung", BY_PROBE, ids=lambda rung: rung.name)
def test_an_interrupt_on_any_rung_lets_nrst_go(
    rung: Rung, interruption: Interruption, levels: list[bool]
) -> None:
    one_climb(rung)
    transfers = NEVER - interruption.left
    assert transfers > 0
    for part in (0.1, 0.35, 0.6, 0.85):
        levels.clear()
        interruption.left = max(1, int(transfers * part))
        with pytest.raises(KeyboardInterrupt):
            one_climb(rung)
        assert not levels or levels[-1] is False


def test_a_diagnosis_that_is_interrupted_lets_nrst_go(
    interruption: Interruption, levels: list[bool]
) -> None:
    for transfers in (30, 60, 100, 150, 400):
        board = make_board("swj_off_10ms")
        interruption.left = transfers
        with on_bench(board) as scene, pytest.raises(KeyboardInterrupt):
            diagnose(Bench(scene.way))
        assert not levels or levels[-1] is False
        assert not board.chip.in_reset
    assert levels


def test_who_says_no_keeps_every_byte() -> None:
    board = make_board("blinky", rdp=1)
    before = bytes(board.chip.f1.flash.buffer)

    def refuse(action: str) -> None:
        assert "64 KiB" in action
        raise PermissionError

    with on_bench(board) as scene, Bench(scene.way, agree=refuse) as bench:
        finding = diagnose(bench)
        with pytest.raises(PermissionError):
            recover(bench, finding)
    assert bytes(board.chip.f1.flash.buffer) == before


def test_what_would_be_lost_is_not_touched_unless_it_is_called_for() -> None:
    asked: list[str] = []
    with (
        on_bench(make_board("swj_off", nrst_wired=False)) as scene,
        Bench(scene.way, agree=asked.append) as bench,
        pytest.raises(HandNeeded) as needed,
    ):
        climb(bench)
    assert not asked
    told = "\n".join(needed.value.explain().next)
    for words in ("hold the RESET button", "power away", "BOOT0 jumper to 1"):
        assert words in told


def test_rungs_that_need_nobody_take_three_seconds_at_most() -> None:
    with on_bench(make_board("swj_off", nrst_wired=False)) as scene, Bench(scene.way) as bench:
        began = scene.way.now()
        with pytest.raises(NoWayIn) as nowhere:
            climb(bench, ALONE)
        assert scene.way.now() - began <= 3.0
    assert [each.name for each in nowhere.value.attempts] == [rung.name for rung in ALONE]


def test_a_shorted_nrst_is_named_and_left_alone() -> None:
    with on_bench(make_board("blinky", nrst_shorted=True)) as scene, Bench(scene.way) as bench:
        finding = diagnose(bench)
        assert (finding.cause, finding.proven) == (Cause.HELD_IN_RESET, True)
        with pytest.raises(HeldInReset):
            recover(bench, finding)


@pytest.mark.parametrize(
    ("firmware", "can", "rung"),
    [
        ("swj_off_10ms", BUTTON, "hand-reset"),
        ("swj_off_10ms", frozenset({Act.POWER_OFF, Act.POWER_ON}), "hand-power"),
        ("swj_off_10ms", frozenset({Act.BOOT0_HIGH, Act.BOOT0_LOW, Act.RESET}), "boot0-high"),
    ],
)
def test_each_way_that_a_hand_can_help(firmware: str, can: frozenset[Act], rung: str) -> None:
    board = make_board(firmware, nrst_wired=False)
    hand = PlayedHand(board, can)
    with on_bench(board) as scene, Bench(scene.way, hand=hand) as bench:
        climbed = climb(bench, [each for each in LADDER if each.name == rung])
        assert set(hand.told) <= can
        assert isinstance(climbed.reached, Reached)
        with climbed.reached.link as link:
            assert link.is_halted()
