"""`swdflash udev print|install|check|uninstall`: who may open probes on this Linux machine."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.udev import (
    ChangeResult,
    CheckResult,
    ConflictingRule,
    Obstacle,
    RulesResult,
)
from swdflash.cli.options import DryRunOption, Options, YesOption, command, command_group
from swdflash.cli.terminal import Terminal
from swdflash.host import as_root, udev
from swdflash.host.conflicts import Conflict, find_conflicts
from swdflash.host.errors import NoUdevHere, RulesMissing, RulesOverridden
from swdflash.host.missing import still_missing
from swdflash.host.rules import rules
from swdflash.host.surroundings import look_around

app = command_group("Linux: udev rules that let this machine's users open probes.")
HERE = Path("/")


@dataclass(frozen=True)
class RootOptions(Options):
    """Which system is meant."""

    root: Annotated[
        Path, typer.Option(metavar="DIR", help="The system's files, for packagers.")
    ] = HERE

    def must_have_udev(self) -> None:
        """Raises `NoUdevHere` on another system than Linux."""
        if self.root == HERE and sys.platform != "linux":
            raise NoUdevHere(sys.platform)


@dataclass(frozen=True)
class GroupOptions(RootOptions):
    """Whom the rules are for, beside who sits at the machine."""

    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For users from the network [default: as is usual]."),
    ] = None

    def chosen(self) -> str | None:
        """The group that the rules name. Raises `GroupUnknown`."""
        return udev.choose_group(self.root, self.group)


@app.command("print")
@command
def print_(where: GroupOptions, terminal: Terminal) -> None:
    """Print the rules."""
    group = where.chosen()
    text = rules(group)
    path = udev.rules_file(where.root)
    terminal.show(RulesResult(str(path), group, text), text.removesuffix("\n"))


@app.command()
@command
def install(
    where: GroupOptions, terminal: Terminal, yes: YesOption = False, dry_run: DryRunOption = False
) -> None:
    """Put the rules into place, and prove that they work.

    Shows what would change, asks, and uses sudo or pkexec for the copy alone.
    """
    where.must_have_udev()
    group = where.chosen()
    change = udev.plan_install(where.root, group)
    _carry_out(change, where, terminal, yes=yes, dry_run=dry_run)
    real = where.root == HERE and not dry_run
    attached = swdflash.find_attached() if real else swdflash.Attached()
    result = _result(change, dry_run=dry_run)
    result.usable = list(attached.usable)
    missing = still_missing(look_around(), attached, group) if real else ()
    result.missing = [Obstacle(each.code, each.what, each.mend) for each in missing]
    _report(result, terminal, done="in place", dry_run=dry_run)


@app.command()
@command
def uninstall(
    where: RootOptions, terminal: Terminal, yes: YesOption = False, dry_run: DryRunOption = False
) -> None:
    """Take away what `install` wrote, and nothing else."""
    where.must_have_udev()
    change = udev.plan_uninstall(where.root)
    _carry_out(change, where, terminal, yes=yes, dry_run=dry_run)
    result = _result(change, dry_run=dry_run)
    _report(result, terminal, done="not there any more", dry_run=dry_run)


@app.command()
@command
def check(where: GroupOptions, terminal: Terminal) -> None:
    """Say whether the rules are in place, and which rules of others defeat them."""
    where.must_have_udev()
    group = where.chosen()
    path, state = udev.rules_file(where.root), udev.state(where.root, group)
    conflicts = find_conflicts(where.root)
    result = CheckResult(str(path), state.value, group, [_row(each) for each in conflicts])
    terminal.partial = result
    for each in conflicts:
        terminal.warn("rules-open-to-all", f"{each} lets everybody write to a probe: {each.rule}")
    if state is not udev.State.CURRENT:
        raise RulesMissing(path, state.value)
    for each in conflicts:
        if each.wins:
            raise RulesOverridden(str(each), shlex.quote(each.file.name), path)
    terminal.show(result, f"{path} is current, and no rule of others defeats it")


def _carry_out(
    change: udev.Change, where: RootOptions, terminal: Terminal, *, yes: bool, dry_run: bool
) -> None:
    """Show, ask, do."""
    if change.is_nothing:
        return
    terminal.say(*(Text(line) for line in change.diff()))
    if dry_run:
        return
    terminal.confirm(f"{'remove' if change.after is None else 'write'} {change.path}", yes=yes)
    as_root.carry_out(change, tell_udev=where.root == HERE)


def _result(change: udev.Change, *, dry_run: bool) -> ChangeResult:
    changed = not change.is_nothing and not dry_run
    return ChangeResult(str(change.path), list(change.diff()), changed)


def _report(result: ChangeResult, terminal: Terminal, *, done: str, dry_run: bool) -> None:
    if not result.diff:
        done = f"{done}; nothing had to be changed"
    elif dry_run:
        done = "would be changed"
    can = [f"can be opened: {each}" for each in result.usable]
    mends = render.tries(f"{each.what}: {each.mend}" for each in result.missing)
    terminal.show(result, f"{result.path}: {done}", *can, *mends)


def _row(conflict: Conflict) -> ConflictingRule:
    return ConflictingRule(str(conflict.file), conflict.line, conflict.rule, conflict.wins)
