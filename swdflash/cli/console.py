"""rich's console, made safe for text that others wrote and for readers that go away."""

from __future__ import annotations

import os

import rich.console

WIDE = 120  # columns, where there is no window to wrap to


class Console(rich.console.Console):
    """Takes no text for markup; a closed pipe is `BrokenPipeError`, never an exit."""

    def __init__(self, *, stderr: bool) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)
        if not self.is_terminal and "COLUMNS" not in os.environ:
            self.width = WIDE

    def on_broken_pipe(self) -> None:
        """Called by rich while it handles the `BrokenPipeError`, which then goes on its way."""
        raise BrokenPipeError
