"""Boards that do not answer a plain attach, DBGMCU_CR and NRST: one board that keeps its power."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

import swdflash as library
from swdflash.api.errors import NoProgram
from swdflash.flashing.on_chip import OnChip
from swdflash.links.flash_errors import ProgramFailed
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.faults import NO_FAULTS
from swdflash.sim.opening import plugged
from tests.cli.conftest import Outcome, Run, must_match_its_schema
from tests.recovery.scene import BLINKY, firmware, make_board

CR = 0xE004_2004
WHILE_CONNECTED = 0x307
WAITING = "swj_off", "stop_wfi", "stop_wfe", "standby_rtc", "sleep"


@dataclass
class Desk:
    """A powered board, and commands given to the probe on it."""

    board: VirtualBoard
    via: str
    swdflash: Run

    def run(self, *argv: str) -> Outcome:
        return self.swdflash(*argv, "--via", self.via)

    def result(self, *argv: str) -> Any:
        document = self.run(*argv, "--json").document
        must_match_its_schema(document)
        assert document["ok"], document["error"]
        return document["result"]

    @property
    def dbgmcu(self) -> int:
        return self.board.chip.bus.read(CR, 4, Master.DEBUG)

    @dbgmcu.setter
    def dbgmcu(self, value: int) -> None:
        self.board.chip.bus.write(CR, 4, value, Master.DEBUG)


Make = Callable[..., Desk]


@pytest.fixture
def desk(swdflash: Run) -> Iterator[Make]:
    with ExitStack() as undo:

        def make(name: str, **wiring: Any) -> Desk:
            board = make_board(name, **wiring)
            board.boot()
            probe = undo.enter_context(plugged(board, NO_FAULTS))
            return Desk(board, f"pyocd:{probe.uid}", swdflash)

        yield make


@pytest.mark.parametrize("name", WAITING)
def test_a_write_gets_in_by_itself_and_says_why(desk: Make, name: str) -> None:
    here = desk(name)
    result = here.result("write", str(BLINKY))
    recovered = result["recovered"]
    assert recovered["rung"] == result["link"]["rung"] != "attach"
    assert recovered["cause"] == ("swd-pins-remapped" if name == "swj_off" else "low-power")
    assert recovered["proven"]
    assert recovered["advice"]
    assert not any("swdflash recover" in line for line in recovered["advice"])
    assert here.dbgmcu == 0
    plain = here.result("verify", str(BLINKY), "--no-recover")
    assert plain["link"]["rung"] == "attach"
    assert plain["recovered"] is None


def test_people_are_told_once(desk: Make) -> None:
    spoken = desk("swj_off").run("write", str(BLINKY)).err
    for words in (
        "plain attach failed",
        "under-reset",
        "swd-pins-remapped",
        "AFIO_MAPR",
        "SWJ_CFG",
    ):
        assert words in spoken


@pytest.mark.parametrize(
    "argv",
    [
        ["info"],
        ["read", "0x08000000", "64", "-o", "x.bin"],
        ["verify", str(firmware("stop_wfi"))],
        ["reset"],
        ["dbgmcu", "show"],
        ["erase", "--chip", "--dry-run"],
        ["write", str(BLINKY), "--dry-run"],
    ],
    ids=lambda argv: argv[0],
)
def test_every_command_gets_in_and_leaves_the_firmware_running(desk: Make, argv: list[str]) -> None:
    here = desk("stop_wfi")
    assert here.result(*argv)["recovered"]["cause"] == "low-power"
    assert here.dbgmcu == 0
    assert not here.board.chip.core.halted
    refused = here.run(*argv, "--no-recover", "--json")
    assert refused.exit == 5
    assert refused.document["error"]["code"] == "no-answer"


def test_a_core_that_is_to_be_halted_stays_halted(desk: Make) -> None:
    here = desk("stop_wfi")
    assert here.result("reset", "--halt")["recovered"]
    assert here.board.chip.core.halted


def test_without_a_wire_there_is_no_way_in_but_true_words(desk: Make) -> None:
    here = desk("swj_off", nrst_wired=False)
    outcome = here.run("write", str(BLINKY), "--json")
    assert outcome.exit == 5
    error = outcome.document["error"]
    assert error["code"] == "no-answer"
    assert "under-reset" in error["why"]


def test_wires_that_carry_a_slower_clock_only(desk: Make) -> None:
    here = desk("blinky", swclk_limit_hz=1_000_000)
    result = here.result("info")
    assert result["recovered"]["cause"] == "needs-slower-clock"
    assert result["link"]["clock_hz"] < 1_000_000


@pytest.mark.parametrize(("asked", "chosen"), [("5k", 5_000), ("15k", 15_000), ("60k", 50_000)])
def test_slow_clocks(desk: Make, asked: str, chosen: int) -> None:
    here = desk("blinky")
    assert here.result("info", "--clock", asked)["link"]["clock_hz"] == chosen


def test_a_clock_that_the_probe_cannot_do_is_told_with_the_one_that_it_can(desk: Make) -> None:
    outcome = desk("blinky").run("info", "--clock", "4k", "--json")
    assert outcome.exit == 2
    error = outcome.document["error"]
    assert error["code"] == "clock-too-slow"
    assert error["evidence"]["slowest"] == 5_000


@pytest.mark.parametrize("seconds", ["0", "0.5", "2"])
def test_a_silent_chip_is_called_for_as_long_as_asked(
    desk: Make, monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    here = desk("swj_off", nrst_wired=False)
    monkeypatch.setattr(time, "monotonic", lambda: here.board.clock.now)
    began = here.board.clock.now
    outcome = here.run("info", "--no-recover", "--timeout", seconds)
    assert outcome.exit == 5
    assert 0 <= here.board.clock.now - began - float(seconds) < 0.5


def test_a_chip_that_is_powered_meanwhile_is_waited_for(
    desk: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = desk("blinky")
    monkeypatch.setattr(time, "monotonic", lambda: here.board.clock.now)
    here.board.power_cycle(0.5)
    assert here.result("info", "--timeout", "2", "--no-recover")["link"]["rung"] == "attach"


@pytest.mark.parametrize("name", WAITING)
def test_firmware_that_locks_the_board_can_be_written(desk: Make, name: str) -> None:
    here = desk("blinky")
    image = str(firmware(name))
    assert here.result("write", image)["done"]["verified_bytes"] > 0
    assert here.result("verify", image)["recovered"]  # it runs, and locks


# --- DBGMCU_CR


def test_bits_are_set_and_cleared_by_name(desk: Make) -> None:
    here = desk("blinky")
    result = here.result("dbgmcu", "set", "DBG_STOP", "watchdogs")
    assert result["before"]["value"] == "0x00000000"
    assert result["after"]["value"] == "0x00000302"
    assert here.dbgmcu == 0x302
    assert here.result("dbgmcu", "clear", "DBG_IWDG_STOP")["after"]["value"] == "0x00000202"
    assert here.result("dbgmcu", "clear", "low-power", "--dry-run")["done"] is False
    assert here.dbgmcu == 0x202
    shown = here.result("dbgmcu", "show")["dbgmcu"]
    assert shown["fields"]["DBG_STOP"] == shown["fields"]["DBG_WWDG_STOP"] == 1
    assert "DBG_STOP" in here.run("dbgmcu", "show").out


def test_bits_of_a_sleeper_are_set_and_a_plain_attach_works_from_then_on(desk: Make) -> None:
    here = desk("stop_wfi")
    assert here.result("dbgmcu", "set", "low-power")["recovered"]
    assert here.dbgmcu == 0x7
    assert here.result("info", "--no-recover")["dbgmcu"]["value"] == "0x00000007"


@pytest.mark.parametrize("wired", [True, False])
def test_under_reset(desk: Make, wired: bool) -> None:
    here = desk("blinky", nrst_wired=wired)
    result = here.result("dbgmcu", "set", "trace", "--under-reset")
    assert result["in_reset"] is wired
    assert here.dbgmcu == 0xE0
    assert not here.board.chip.in_reset


def test_a_wrong_bit_changes_nothing_and_gets_the_list(desk: Make) -> None:
    here = desk("blinky")
    outcome = here.run("dbgmcu", "set", "DBG_STOP", "DBG_SLEPP", "--json")
    assert outcome.exit == 2
    error = outcome.document["error"]
    assert error["code"] == "unknown-dbgmcu-bit"
    assert "DBG_SLEEP" in error["why"]
    assert "TRACE_IOEN" in error["next"][0]
    assert here.dbgmcu == 0


@pytest.mark.parametrize(
    ("policy", "after"), [("restore", 0x401), ("keep", 0x401), ("debug", 0x401 | WHILE_CONNECTED)]
)
def test_what_connecting_does_is_a_choice(desk: Make, policy: str, after: int) -> None:
    here = desk("blinky")
    here.dbgmcu = 0x401
    assert here.result("info", "--dbgmcu", policy)["dbgmcu"]["value"] == "0x00000401"
    assert here.dbgmcu == after
    here.result("write", str(BLINKY), "--erase", "chip", "--dbgmcu", policy)
    assert here.dbgmcu == after


@pytest.mark.parametrize("ending", [KeyboardInterrupt, NoProgram(0, "nothing")])
def test_it_is_put_back_however_a_command_ends(
    desk: Make, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    here = desk("blinky")
    here.dbgmcu = 0x1
    seen = []

    def end(_target: library.Target) -> None:
        seen.append(here.dbgmcu)
        raise ending

    monkeypatch.setattr(library, "gather", end)
    assert here.run("info").exit in (7, 130)
    assert seen == [WHILE_CONNECTED]
    assert here.dbgmcu == 0x1


def test_it_is_put_back_after_a_failed_write_whose_core_is_said_to_be_halted(
    desk: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ProgramFailed(0x0800_0000)

    here = desk("blinky")
    monkeypatch.setattr(OnChip, "carry_out", refuse)
    outcome = here.run("write", str(firmware("swj_off")), "--json")
    error = outcome.document["error"]
    assert error["code"] == "program-failed"
    assert "the core is halted" in error["why"]
    assert "bytes were" in error["why"]  # the state of the flash is said, too
    assert here.board.chip.core.halted
    assert here.dbgmcu == 0


# --- NRST


@pytest.mark.parametrize(
    ("wiring", "verdict"),
    [({}, "wired"), ({"nrst_rc_s": 0.4}, "wired"), ({"nrst_wired": False}, "not-wired")],
)
def test_the_reset_wire_is_proven_and_remembered(
    desk: Make, wiring: dict[str, Any], verdict: str
) -> None:
    here = desk("blinky", **wiring)
    before = here.result("info", "--board", "bluepill")["readiness"]
    assert before["nrst"] == "not-tested"
    assert before["boot0"] == "jumper"
    assert "USART1" in before["rom"][0]
    assert here.result("probe", "test-reset")["verdict"] == verdict
    after = here.result("info")["readiness"]
    assert after["nrst"] == verdict
    assert after["sure"] is (verdict == "wired")
    assert after["boot0"] is None
    assert after["nrst_tested"]


def test_info_resets_nothing_unless_asked(desk: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    here = desk("blinky")
    resets: list[ResetKind] = []
    monkeypatch.setattr(here.board.chip, "reset", resets.append)
    here.result("info")
    assert resets == []


def test_info_tests_nrst_when_it_is_asked_to(desk: Make) -> None:
    here = desk("blinky")
    assert here.result("info", "--test-reset")["readiness"]["nrst"] == "wired"


def test_whoever_got_in_under_reset_knows_that_nrst_is_wired(desk: Make) -> None:
    here = desk("swj_off")
    here.result("write", str(BLINKY))
    ready = here.result("info", "--no-recover")["readiness"]
    assert ready["nrst"] == "wired"
    assert ready["sure"]
