"""Checks that only macOS knows."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from swdflash.doctor.facts import Facts
from swdflash.doctor.finding import Finding, bad, ok


def quarantine(facts: Facts) -> Iterator[Finding]:
    """Programs out of a browser's download are not run (com.apple.quarantine)."""
    for program in facts.quarantined:
        mend = f"xattr -d com.apple.quarantine {shlex.quote(program)}"
        yield bad("quarantine", f"macOS holds {program} back: it was downloaded", mend)
    if not facts.quarantined:
        yield ok("quarantine", "no program is held back")
