"""What a diagnosis says beyond the cause: figures, names, and how it leaves a board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import diagnose
from swdflash.recovery.finding import Cause, Finding
from swdflash.recovery.reset_wire import LastTest
from swdflash.sim.board import VirtualBoard
from swdflash.target.nrst import Verdict
from swdflash.target.target import Target
from tests.recovery.scene import firmware, make_board, on_bench

DBGMCU_CR = 0xE004_2004


def diagnosed(board: VirtualBoard, name: str = "") -> tuple[Finding, dict[str, str]]:
    with on_bench(board) as scene:
        finding = diagnose(Bench(scene.way), firmware(name) if name else None)
    return finding, {each.what: each.value for each in finding.evidence}


@pytest.mark.parametrize(
    ("name", "after", "function"),
    [("swj_off_10ms", 0.010, "main"), ("swj_off_in_interrupt", 0.050, "systick_handler")],
)
def test_the_store_that_cuts_swd(name: str, after: float, function: str) -> None:
    board = make_board(name)
    _, evidence = diagnosed(board, name)
    assert function in evidence["PC"]
    milliseconds = float(evidence["time of the write"].split()[0])
    assert milliseconds == pytest.approx(after * 1000, abs=3)
    board.spend(0.2)
    lost = board.chip.swd_lost
    assert lost is not None
    assert f"{lost.cause_pc & ~1:#010x}"[:9] == evidence["PC"][:9]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("sleep", "Sleep (SCR.SLEEPDEEP 0)"),
        ("stop_wfe", "Stop (SCR.SLEEPDEEP 1, PWR_CR.PDDS 0)"),
        ("standby_rtc", "Standby (SCR.SLEEPDEEP 1, PWR_CR.PDDS 1)"),
    ],
)
def test_which_low_power_mode(name: str, mode: str) -> None:
    _, evidence = diagnosed(make_board(name))
    assert evidence["low-power mode"] == mode
    assert "without them, SWD goes" in evidence


@pytest.mark.parametrize(("name", "flag"), [("iwdg_loop", "IWDG"), ("wwdg_loop", "WWDG")])
def test_which_watchdog_and_how_often(name: str, flag: str) -> None:
    _, evidence = diagnosed(make_board(name))
    assert evidence["reset by"] == flag
    assert "one each" in evidence["resets seen (DHCSR.S_RESET_ST)"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bad_stack", "the initial stack pointer 0x20010000 is not in RAM"),
        ("wrong_address", "points to erased flash"),
    ],
)
def test_what_is_wrong_with_the_vector_table(name: str, words: str) -> None:
    finding, evidence = diagnosed(make_board(name))
    assert words in evidence["vector table"]
    assert finding.advice[0].startswith(("link", "the program is linked for another address"))


def test_a_fault_in_the_first_milliseconds() -> None:
    _, evidence = diagnosed(make_board("early_fault"), "early_fault")
    assert "3." in evidence["first fault"]
    assert "0x60000000" in evidence["fault registers"]
    assert "write_nowhere" in evidence["PC"] or "main" in evidence["PC"]


def test_an_application_that_forgets_its_vector_table() -> None:
    finding, evidence = diagnosed(make_board("offset_app"))
    assert "vtor-not-set" in finding.also
    assert "0x08002000" in evidence["SCB_VTOR"]
    assert "SCB->VTOR = 0x08002000;" in finding.advice[0]


@pytest.mark.parametrize(
    ("wiring", "cause"),
    [
        ({"boot0": 1}, Cause.BOOTS_ELSEWHERE),
        ({"boot0": 1, "boot1": 1}, Cause.BOOTS_ELSEWHERE),
        ({"vtarget": 0.2}, Cause.NO_TARGET_VOLTAGE),
        ({"nrst_shorted": True}, Cause.HELD_IN_RESET),
    ],
)
def test_what_is_not_the_firmware(wiring: dict[str, Any], cause: Cause) -> None:
    finding, _ = diagnosed(make_board("swj_off" if "vtarget" in wiring else "blinky", **wiring))
    assert (finding.cause, finding.proven) == (cause, True)


def test_at_which_clock_it_answers() -> None:
    finding, evidence = diagnosed(make_board("blinky", swclk_limit_hz=500_000))
    assert (finding.cause, finding.proven) == (Cause.NEEDS_SLOWER_CLOCK, True)
    assert "0.24 MHz" in evidence["slower-clock"]
    assert finding.advice[0] == "use the slower clock: --clock 240000"


def test_a_healthy_board_is_not_even_halted() -> None:
    board = make_board("blinky")
    finding, _ = diagnosed(board)
    assert finding.left == "as it was found"
    before = len(board.chip.f1.ports["C"].edges)
    board.spend(0.6)
    assert len(board.chip.f1.ports["C"].edges) > before


def test_dbgmcu_is_put_back() -> None:
    board = make_board("swj_off_10ms")
    finding, _ = diagnosed(board)
    assert "DBGMCU_CR as it was found" in finding.left
    assert board.chip.f1.dbgmcu.CR == 0
    assert not board.chip.core.halted


@dataclass
class Notebook:
    """Remembers one verdict on a reset wire."""

    tested: LastTest | None = None

    def recall(self, _target: Target) -> LastTest | None:
        return self.tested

    def remember(self, _target: Target, verdict: Verdict) -> None:
        self.tested = LastTest(verdict, "today")


def reset_wire(board: VirtualBoard, notebook: Notebook) -> str | None:
    """What the diagnosis says of NRST."""
    with on_bench(board) as scene:
        finding = diagnose(Bench(scene.way, wires=notebook))
    said = [each.value for each in finding.evidence if each.what == "NRST"]
    assert len(said) <= 1
    return said[0] if said else None


@pytest.mark.parametrize(("rc_s", "at_least_ms"), [(0.0, 0), (0.2, 40)])
def test_who_answers_only_under_reset_has_its_wire_proven(rc_s: float, at_least_ms: float) -> None:
    notebook = Notebook()
    said = reset_wire(make_board("stop_wfi", nrst_rc_s=rc_s), notebook)
    assert said is not None
    assert said.startswith("wired: ")
    assert said.endswith("VTOR reads 0x0")
    assert float(said.removeprefix("wired: the core left reset ").split(" ms")[0]) >= at_least_ms
    assert notebook.tested == LastTest(Verdict.WIRED, "today")


@pytest.mark.parametrize(
    ("name", "words"), [("sleep", "memory goes on waiting"), ("swj_off", "not tested")]
)
def test_without_the_wire_it_is_said_what_a_reset_did(name: str, words: str) -> None:
    notebook = Notebook()
    said = reset_wire(make_board(name, nrst_wired=False), notebook)
    assert said is not None
    assert words in said
    assert notebook.tested is None


def test_on_a_healthy_board_the_wire_is_recalled_and_nothing_is_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = make_board("blinky")
    resets: list[bool] = []
    monkeypatch.setattr(board, "drive_nrst", resets.append)
    assert reset_wire(board, Notebook()) is None
    known = Notebook(LastTest(Verdict.NOT_WIRED, "2026-11-20T09:00:00+00:00"))
    said = reset_wire(board, known)
    assert said == "not-wired when it was last tested, 2026-11-20T09:00:00+00:00"
    assert not any(resets)
