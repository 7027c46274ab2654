"""Results of `udev print|install|check|uninstall`."""

from __future__ import annotations

import msgspec


class RulesResult(msgspec.Struct):
    """The rules, and where they belong."""

    path: str
    group: str | None
    rules: str


class Obstacle(msgspec.Struct):
    """What is still missing before a device can be used, and what mends it."""

    code: str
    what: str
    mend: str


class ChangeResult(msgspec.Struct):
    """What became, or with --dry-run would become, of the rules' file."""

    path: str
    diff: list[str]
    changed: bool
    missing: list[Obstacle] = []
    usable: list[str] = []  # what is plugged in and can be opened, after an install


class ConflictingRule(msgspec.Struct):
    """A rule of another program that opens probes to everybody."""

    file: str
    line: int
    rule: str
    wins: bool


class CheckResult(msgspec.Struct):
    """How the rules stand."""

    path: str
    state: str
    group: str | None
    conflicts: list[ConflictingRule]
