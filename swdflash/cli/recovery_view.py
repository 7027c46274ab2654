"""A diagnosis as a tired person can follow it: what is wrong, how that is known, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from swdflash.cli import render
from swdflash.recovery.finding import Attempt, Cause, Finding

SAID = {
    Cause.HEALTHY: "SWD answers and the program runs: nothing is wrong",
    Cause.NO_PROBE: "no debug probe was found",
    Cause.NO_PERMISSION: "the probe may not be opened",
    Cause.PROBE_BUSY: "another program has the probe",
    Cause.NO_TARGET_VOLTAGE: "the board has no power",
    Cause.NO_ANSWER: "the chip does not answer on SWD",
    Cause.HELD_IN_RESET: "the chip is held in reset: NRST is low all the time",
    Cause.SWD_PINS_REMAPPED: "the firmware takes the SWD pins away",
    Cause.LOW_POWER: "the chip sleeps, and SWD sleeps with it",
    Cause.LOCKUP: "the core has locked up: it faulted while it handled a fault",
    Cause.STUCK_IN_HANDLER: "SWD answers; the core is stuck in an exception handler",
    Cause.RESET_LOOP: "the chip is reset again and again",
    Cause.READ_PROTECTED_1: "flash is read-protected (level 1)",
    Cause.READ_PROTECTED_2: "the chip is read-protected for ever (level 2)",
    Cause.BOOTS_ELSEWHERE: "the chip does not boot from flash",
    Cause.EMPTY_FLASH: "flash is erased: there is no program to run",
    Cause.NEEDS_SLOWER_CLOCK: "SWD answers at a lower clock only: long or thin wires",
    Cause.UNKNOWN_CHIP: "what answers is no chip that swdflash knows",
}


def finding_view(finding: Finding, *, simulated: bool) -> Iterator[RenderableType]:
    """All of it, the answer first."""
    sure = "proven" if finding.proven else "likely, not proven"
    style = "green" if finding.cause is Cause.HEALTHY else "bold"
    yield Text.assemble((SAID[finding.cause], style), f"  [{finding.cause}: {sure}]")
    if finding.also:
        yield Text(f"also seen: {', '.join(finding.also)}")
    yield Text("")
    unit = "simulated seconds" if simulated else "seconds"
    yield Text(f"measured (after so many {unit}):", style="dim")
    yield render.facts((f"{each.at_s:7.3f}  {each.what}", each.value) for each in finding.evidence)
    if finding.would_prove:
        yield Text("")
        yield Text.assemble(("to be sure: ", "yellow"), finding.would_prove)
    if finding.advice:
        yield Text("")
        yield Text("what to do:", style="dim")
        yield _numbered(finding.advice)
    yield Text("")
    yield Text(f"the chip was left {finding.left}", style="dim")


def _numbered(lines: tuple[str, ...]) -> Table:
    """One below the other; what is too long goes on under its own beginning."""
    table = Table.grid(padding=(0, 1))
    for number, line in enumerate(lines, start=1):
        table.add_row(Text(f"  {number}.", "green"), Text(line))
    return table


def attempt_view(attempt: Attempt) -> Text:
    """One rung, as it was tried."""
    outcome = ("works", "green") if attempt.worked else ("no", "yellow")
    return Text.assemble(f"{attempt.name}: ", outcome, f", {attempt.why}")
