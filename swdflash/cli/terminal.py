"""Where a command speaks: its result on stdout, everything else on stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO

import msgspec
from rich.console import RenderableType

from swdflash.cli import render
from swdflash.cli.config import Configuration, ProgressStyle, Settings
from swdflash.cli.console import Console
from swdflash.cli.documents import envelope
from swdflash.cli.errors import NobodyToAsk, OutputUnwritable, SaidNo
from swdflash.cli.progress import print_event, shown
from swdflash.errors import SwdflashError
from swdflash.events import Event, Listener, Noted, PhaseEnded

LOG = logging.getLogger(__name__)


class Terminal:
    """One run of one command, as its user hears of it."""

    def __init__(self, command: str, *, json: bool, argv: Sequence[str] = ()) -> None:
        self.argv = argv
        self.command = command
        self.json = json
        self.configuration: Configuration | None = None
        self.out = Console(stderr=False)
        self.err = Console(stderr=True)
        self.warnings: list[envelope.Warning] = []
        self.partial: msgspec.Struct | None = None  # what was done, should the rest fail
        self.recording: Path | None = None
        self.document = b""  # the last one, printed or not
        self._style = ProgressStyle.AUTO
        self._resources = ExitStack()

    def begin(
        self, command: str, configuration: Configuration, verbose: int, log: Path | None
    ) -> None:
        """The command line is understood: its settings hold from here on."""
        self.command = command
        self.configuration = configuration
        self._style = configuration.settings.progress
        self._resources.enter_context(_logging(self.err.file, verbose, log))
        for file in configuration.hidden:
            self.warn("config-hidden", f"{file} is not read: its folder may not be entered")

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        assert self.configuration is not None, "the command line is not understood yet"
        return self.configuration.settings

    def close(self) -> None:
        """The run is over."""
        self._resources.close()

    @contextmanager
    def progress(self, *, simulated: bool = False) -> Iterator[Listener]:
        """A listener for the work inside; notes are shown and become warnings."""
        with shown(self._style, self.err, simulated=simulated) as show:

            def listen(event: Event) -> None:
                if isinstance(event, Noted):
                    self.warnings.append(envelope.Warning(event.code, event.text))
                if isinstance(event, PhaseEnded):
                    LOG.info("%s: %.3f s on the link's clock", event.phase, event.seconds)
                show(event)

            yield listen

    def warn(self, code: str, text: str) -> None:
        """Say something that stops nothing; JSON has it among `warnings`."""
        self.warnings.append(envelope.Warning(code, text))
        if self._style is ProgressStyle.JSON:
            print_event(Noted(code, text))
        elif self._style is not ProgressStyle.NONE:
            self.err.print(f"note: {text}", style="yellow", soft_wrap=True)

    def say(self, *lines: RenderableType) -> None:
        """Tell a person something on stderr; it is no part of the result."""
        for line in lines:
            self.err.print(line, soft_wrap=isinstance(line, str))

    def show(self, result: msgspec.Struct, *renderables: RenderableType) -> None:
        """The command's result: the document with `--json`, else what is made for people."""
        self.document = envelope.done(self.command, result, self.warnings)
        if self.json:
            self._print_json()
            return
        for each in renderables:
            self.out.print(each, soft_wrap=isinstance(each, str))
        self._flush()

    def fail(self, error: SwdflashError) -> int:
        """Render an error once, in the way that was asked for; returns the exit code."""
        self.document = envelope.failed(self.command, error, self.warnings, self.partial)
        if self.json:
            self._print_json()
        else:
            self.err.print(render.error(envelope.explained(error)), soft_wrap=True)
        return int(error.exit)

    def confirm(self, action: str, *, yes: bool) -> None:
        """Go on only if the user agrees to `action` ("erase 64 KiB of flash").

        Raises `NobodyToAsk` without a terminal and without `--yes`, `SaidNo` on anything but y.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise NobodyToAsk(action)
        self.err.print(f"About to {action}. Go on? [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise SaidNo(action)

    def _print_json(self) -> None:
        """In UTF-8, whatever the terminal speaks."""
        sys.stdout.flush()
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.buffer.write(self.document + b"\n")
        else:
            sys.stdout.write(self.document.decode() + "\n")
        self._flush()

    def _flush(self) -> None:
        """Meet a closed pipe here, not while the interpreter ends."""
        sys.stdout.flush()


@contextmanager
def _logging(stream: IO[str], verbose: int, log: Path | None) -> Iterator[None]:
    """`-v` and `--log`: what swdflash logs (pyOCD's lines among it), while a run lasts."""
    handlers: list[logging.Handler] = []
    if verbose:
        shown_on_stderr = logging.StreamHandler(stream)
        shown_on_stderr.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
        shown_on_stderr.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        handlers.append(shown_on_stderr)
    if log is not None:
        try:
            file = logging.FileHandler(log, mode="w", encoding="utf-8")
        except OSError as problem:
            raise OutputUnwritable(log, problem.strerror or str(problem)) from problem
        file.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        handlers.append(file)
    root = logging.getLogger("swdflash")
    before = root.level
    for handler in handlers:
        root.addHandler(handler)
    if handlers:
        root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
