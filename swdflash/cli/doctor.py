"""`swdflash doctor`: whether this machine is ready, end to end."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
import typer
from rich.console import RenderableType
from rich.text import Text

import swdflash
from swdflash.cli import attached as view
from swdflash.cli import render
from swdflash.cli.documents.doctor import Check, DoctorResult
from swdflash.cli.options import Options, command
from swdflash.cli.terminal import Terminal
from swdflash.doctor.errors import NotReady
from swdflash.doctor.facts import Facts
from swdflash.doctor.finding import Finding, Level

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.BAD: "bold red"}
SHOWN = 4  # digits of a serial number, in front
TOO_SHORT = 8  # digits; such a number is shown whole: it tells nobody's device apart


@dataclass(frozen=True)
class TrialOptions(Options):
    """What is tried out."""

    via: Annotated[str, typer.Option(metavar="URL", help="The way to try (env: SWDFLASH_VIA).")] = (
        "auto"
    )


@command
def doctor(
    trial: TrialOptions,
    terminal: Terminal,
    full: Annotated[bool, typer.Option("--full", help="Serial numbers in full.")] = False,
) -> None:
    """Check this machine, its probe and chip.

    Each line that is not ok has what mends it. Nothing is changed; add --json for a bug report.
    """
    facts = swdflash.gather_facts(trial.via)
    findings = swdflash.examine(facts)
    secrets = () if full else serials(facts)
    result = DoctorResult(
        system=platform.platform(),
        checks=[Check(each.check, each.level, each.what, each.mend) for each in findings],
        attached=view.list_result(facts.attached, facts.firmware),
        full=full,
    )
    result = msgspec.convert(shortened(msgspec.to_builtins(result), secrets), DoctorResult)
    bad = [each.check for each in result.checks if each.level == Level.BAD]
    if not bad or not terminal.json:
        terminal.show(result, report(findings, secrets))
    if bad:
        terminal.partial = result
        raise NotReady(", ".join(dict.fromkeys(bad)))


def serials(facts: Facts) -> tuple[str, ...]:
    """Every serial number of a device, the longest first."""
    attached = facts.attached
    found = {probe.uid for probe in attached.probes} | {port.serial for port in attached.ports}
    found |= {chip.serial for chip in attached.dfu} | set(facts.firmware)
    return tuple(sorted((each for each in found if len(each) > TOO_SHORT), key=len, reverse=True))


def shortened(value: object, secrets: Iterable[str]) -> object:
    """The same with serial numbers cut short, wherever they stand."""
    if isinstance(value, str):
        for serial in secrets:
            value = value.replace(serial, f"{serial[:SHOWN]}…")
        return value
    if isinstance(value, list):
        return [shortened(each, secrets) for each in value]
    if isinstance(value, dict):
        return {key: shortened(each, secrets) for key, each in value.items()}
    return value


def report(findings: Iterable[Finding], secrets: Iterable[str]) -> RenderableType:
    """One screen: what is wrong has what mends it below."""
    secrets = tuple(secrets)
    rows: list[tuple[Text, str, str | Text]] = []
    for each in findings:
        what = str(shortened(each.what, secrets))
        rows.append((Text(each.level.value, STYLES[each.level]), each.check, what))
        if each.mend:
            rows.append((Text(""), "", Text.assemble(("try: ", "green"), each.mend)))
    return render.grid(("", "check", ""), rows)
