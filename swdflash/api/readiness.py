"""Whether a board could be had back tomorrow, should its firmware shut SWD off."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from swdflash.chips.boards import Strap, board_named
from swdflash.links.base import Offers
from swdflash.recovery.reset_wire import LastTest
from swdflash.state import state_directory
from swdflash.target.nrst import ResetTest, Verdict, prove_nrst
from swdflash.target.target import Target

BY_NRST = {"under-reset", "slow-reset"}  # rungs that reset the chip where NRST is wired
AT_VECTOR = "halted at the reset vector"  # their words where it was
NOT_TESTED = "not-tested"


@dataclass(frozen=True)
class Readiness:
    """What is known of the ways in that need no cooperation of the firmware."""

    nrst: str  # a `Verdict`, or "not-tested"
    nrst_tested: str | None  # when
    boot0: Strap | None  # how BOOT0 can be moved; None where nobody has named the board
    rom: tuple[str, ...]  # where swdflash reaches the ROM bootloader (AN2606)

    @property
    def sure(self) -> bool:
        """Whether connecting under reset will work without a hand."""
        return self.nrst == Verdict.WIRED


def prove_reset_wire(target: Target) -> ResetTest:
    """Whether NRST reaches the chip; remembered for `readiness`. Raises as `prove_nrst` does."""
    outcome = prove_nrst(target)
    KnownWires().remember(target, outcome.verdict)
    return outcome


def readiness(target: Target, board: str | None = None) -> Readiness:
    """From what is remembered and from data; the chip is not touched. Raises UnknownBoard."""
    tested = KnownWires().recall(target)
    wireless = Offers.NRST not in target.link.offers
    nrst = Verdict.NOT_WIRED if wireless else tested.verdict if tested else NOT_TESTED
    return Readiness(
        nrst=nrst,
        nrst_tested=tested.at if tested else None,
        boot0=board_named(board).boot0 if board else None,
        rom=tuple(map(str, target.chip.rom.usable)),
    )


def remember_arrival(target: Target) -> None:
    """Whoever was caught at the reset vector has NRST wired."""
    if target.arrival.rung in BY_NRST and target.arrival.how.startswith(AT_VECTOR):
        KnownWires().remember(target, Verdict.WIRED)


class KnownWires:
    """What tests of NRST have said, kept on disk."""

    def recall(self, target: Target) -> LastTest | None:
        """The last verdict on this chip at this probe."""
        return _load().get(_key(target))

    def remember(self, target: Target, verdict: Verdict) -> None:
        """Keep it, unless it says nothing. A disk that cannot be written loses it, no more."""
        if verdict is Verdict.UNCLEAR:
            return
        known = _load()
        known[_key(target)] = LastTest(verdict, datetime.now(UTC).isoformat(timespec="seconds"))
        with suppress(OSError):
            wires_file().parent.mkdir(parents=True, exist_ok=True)
            wires_file().write_bytes(msgspec.json.format(msgspec.json.encode(known)))


def _key(target: Target) -> str:
    return f"{target.identity.uid} at {target.link.info.probe}"


def wires_file() -> Path:
    """Where `KnownWires` are."""
    return state_directory() / "nrst.json"


def _load() -> dict[str, LastTest]:
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(wires_file().read_bytes(), type=dict[str, LastTest])
    return {}
