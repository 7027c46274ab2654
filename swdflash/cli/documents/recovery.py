"""Results of `diagnose` and `recover`."""

from __future__ import annotations

from typing import Any

import msgspec

from swdflash.cli.documents.envelope import Seconds
from swdflash.cli.documents.write import WriteResult
from swdflash.recovery.finding import Attempt, Finding


class EvidenceResult(msgspec.Struct):
    """Something that was measured, seconds after the diagnosis began."""

    what: str
    value: str
    at_s: Seconds
    simulated: bool


class RungResult(msgspec.Struct):
    """A rung of the ladder, and what became of it."""

    name: str
    tried: bool
    worked: bool
    why: str


class DiagnoseResult(msgspec.Struct):
    """Why a board does not answer. `state` is how the chip was left."""

    cause: str
    proven: bool
    evidence: list[EvidenceResult]
    would_prove: str | None
    also: list[str]
    advice: list[str]
    rungs: list[RungResult]
    state: str


class RecoverResult(DiagnoseResult):
    """As for `diagnose`; `left` is how the board was left: attached, running or halted."""

    rung: str | None = None  # the one that worked
    left: str | None = None
    wrote: WriteResult | None = None


def rung_results(attempts: tuple[Attempt, ...]) -> list[RungResult]:
    """The document for attempts."""
    return [RungResult(each.name, each.tried, each.worked, each.why) for each in attempts]


def diagnose_result(finding: Finding, *, simulated: bool) -> DiagnoseResult:
    """The document for a diagnosis."""
    return DiagnoseResult(**_parts(finding, simulated=simulated))


def recover_result(finding: Finding, *, simulated: bool) -> RecoverResult:
    """The document for a recovery that has got as far as a diagnosis."""
    return RecoverResult(**_parts(finding, simulated=simulated))


def _parts(finding: Finding, *, simulated: bool) -> dict[str, Any]:
    return {
        "cause": finding.cause.value,
        "proven": finding.proven,
        "evidence": [
            EvidenceResult(each.what, each.value, each.at_s, simulated) for each in finding.evidence
        ],
        "would_prove": finding.would_prove,
        "also": [str(each) for each in finding.also],
        "advice": list(finding.advice),
        "rungs": rung_results(finding.rungs),
        "state": finding.left,
    }
