"""Ways to show events: a bar, lines for a log, NDJSON, nothing.

Each is a context manager and a listener. A reader of stderr that goes away ends the showing,
never the work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from swdflash.cli import render
from swdflash.cli.config import ProgressStyle
from swdflash.events import Event, Listener, Noted, Phase, PhaseEnded, PhaseStarted, Progressed
from swdflash.events import ignore as show_nothing

KIB = 1024


@contextmanager
def shown(style: ProgressStyle, console: Console, *, simulated: bool) -> Iterator[Listener]:
    """A listener that shows events in this style for as long as the context lasts."""
    if style is ProgressStyle.AUTO:
        style = ProgressStyle.BAR if console.is_terminal else ProgressStyle.PLAIN
    if style is ProgressStyle.BAR:
        with Bar(console, simulated=simulated) as bar:
            yield bar
    elif style is ProgressStyle.PLAIN:
        yield _unheard(Lines(console, simulated=simulated))
    elif style is ProgressStyle.JSON:
        yield _unheard(print_event)
    else:
        yield show_nothing


def _unheard(listener: Listener) -> Listener:
    """The listener, going quiet once nobody reads what it prints."""
    gone = False

    def listen(event: Event) -> None:
        nonlocal gone
        if gone:
            return
        try:
            listener(event)
        except BrokenPipeError:
            gone = True

    return listen


class Bar:
    """A bar for the phase at work, with speed and time left; a finished one becomes a line."""

    def __init__(self, console: Console, *, simulated: bool) -> None:
        self._console = console
        self._simulated = simulated
        self._totals: dict[Phase, int] = {}
        self._task: TaskID | None = None
        self._progress = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            Speed(simulated=simulated),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case PhaseStarted(phase, total):
                self._totals[phase] = total
                self._drop()
                if total:
                    self._task = self._progress.add_task(str(phase), total=total, seconds=0.0)
            case Progressed(_, done, seconds) if self._task is not None:
                self._progress.update(self._task, completed=done, seconds=seconds)
            case PhaseEnded(phase, seconds):
                self._drop()
                line = ended(phase, self._totals.get(phase, 0), seconds, simulated=self._simulated)
                self._console.print(line, style="dim", highlight=False, soft_wrap=True)
            case Noted(_, text):
                self._console.print(f"note: {text}", style="yellow", markup=False, soft_wrap=True)

    def _drop(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


class Speed(ProgressColumn):
    """KiB/s on the link's clock, which may be simulated."""

    def __init__(self, *, simulated: bool) -> None:
        super().__init__()
        self._simulated = simulated

    def render(self, task: Task) -> Text:
        """The speed so far."""
        seconds = task.fields.get("seconds", 0.0)
        if not seconds:
            return Text("")
        rate = task.completed / KIB / seconds
        return Text(f"{rate:.1f} KiB/s{' simulated' if self._simulated else ''}", style="cyan")


LONG_S = 1.0  # a phase shorter than that is told when it is over


class Lines:
    """One line as a phase ends, and one for each quarter of a long one."""

    def __init__(self, console: Console, *, simulated: bool) -> None:
        self._console = console
        self._simulated = simulated
        self._totals: dict[Phase, int] = {}
        self._quarters: dict[Phase, int] = {}

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case PhaseStarted(phase, total):
                self._totals[phase] = total
                self._quarters[phase] = 0
            case Progressed(phase, done, seconds) if seconds >= LONG_S:
                self._quarter(phase, done)
            case PhaseEnded(phase, seconds):
                total = self._totals.get(phase, 0)
                self._print(ended(phase, total, seconds, simulated=self._simulated))
            case Noted(_, text):
                self._print(f"note: {text}")

    def _quarter(self, phase: Phase, done: int) -> None:
        total = self._totals.get(phase, 0)
        quarter = 4 * done // total if total else 0
        if self._quarters.get(phase, 0) < quarter < 4:
            self._quarters[phase] = quarter
            self._print(f"{phase}: {25 * quarter} %")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def ended(phase: Phase, total: int, seconds: float, *, simulated: bool) -> str:
    """A finished phase in one line: `program: 64 KiB at 35.2 KiB/s in 1.82 s`."""
    taken = render.seconds(seconds, simulated=simulated)
    if not total:
        return f"{phase}: {taken}"
    speed = f" at {total / KIB / seconds:.1f} KiB/s" if seconds > 0 else ""
    return f"{phase}: {render.size(total)}{speed} in {taken}"


_NAMES = {
    PhaseStarted: "phase-started",
    Progressed: "progressed",
    PhaseEnded: "phase-ended",
    Noted: "noted",
}


def print_event(event: Event) -> None:
    """One event as one line of JSON on stderr."""
    line = {"event": _NAMES[type(event)], **msgspec.to_builtins(event)}
    print(msgspec.json.encode(line).decode(), file=sys.stderr, flush=True)
