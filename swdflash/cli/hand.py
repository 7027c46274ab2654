"""Somebody at the board, asked by way of the terminal."""

from __future__ import annotations

import sys

from rich.text import Text

from swdflash.cli.errors import NobodyToAsk
from swdflash.cli.terminal import Terminal
from swdflash.recovery.hand import Act


class PersonAtTerminal:
    """Reads what to do on stderr, and presses Enter when it is done."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def do(self, act: Act) -> None:
        """Wait for Enter. Raises `NobodyToAsk` where the terminal is closed."""
        self._terminal.say(Text.assemble(("→ ", "bold green"), f"{act}, then press Enter"))
        if not sys.stdin.readline():
            raise NobodyToAsk(act)

    def begin(self, act: Act) -> None:
        """Say it and go on."""
        self._terminal.say(Text.assemble(("→ now ", "bold green"), str(act)))


def hand_at(terminal: Terminal) -> PersonAtTerminal | None:
    """Who sits at the terminal; None where nobody does."""
    return PersonAtTerminal(terminal) if sys.stdin.isatty() else None
