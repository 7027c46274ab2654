"""What the doctor ends in when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


@dataclass(eq=False)
class NotReady(SwdflashError):
    """Something that is there cannot be used."""

    code = "machine-not-ready"
    exit = Exit.NO_PROBE
    what = "this machine is not ready"
    why = "found bad: {checks}"
    next = ("do what stands beside each line", "swdflash doctor --json > report.json")

    checks: str
