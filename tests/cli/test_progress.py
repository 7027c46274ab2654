from __future__ import annotations

import io
import json

import pytest
import rich.console

from swdflash.cli.config import ProgressStyle
from swdflash.cli.console import Console
from swdflash.cli.progress import shown
from swdflash.events import Event, Noted, Phase, PhaseEnded, PhaseStarted, Progressed

EVENTS: list[Event] = [
    PhaseStarted(Phase.PROGRAM, 65536),
    Progressed(Phase.PROGRAM, 32768, 1.0),
    Noted("size-register", "[odd] the size register says 64 KiB"),
    Progressed(Phase.PROGRAM, 65536, 2.0),
    PhaseEnded(Phase.PROGRAM, 2.0),
    PhaseStarted(Phase.RESET),
    PhaseEnded(Phase.RESET, 0.01),
]


def printed(style: ProgressStyle, *, tty: bool = False, simulated: bool = False) -> str:
    stream = io.StringIO()
    console = rich.console.Console(
        file=stream, force_terminal=tty, width=100, markup=False, highlight=False
    )
    with shown(style, console, simulated=simulated) as listen:
        for event in EVENTS:
            listen(event)
    return stream.getvalue()


@pytest.mark.parametrize("style", [ProgressStyle.PLAIN, ProgressStyle.AUTO])
def test_plain_lines_for_a_log(style: ProgressStyle) -> None:
    assert printed(style).splitlines() == [
        "program: 50 %",
        "note: [odd] the size register says 64 KiB",
        "program: 64 KiB at 32.0 KiB/s in 2.00 s",
        "reset: 10.0 ms",
    ]


def test_simulated_figures_are_labelled() -> None:
    for style in (ProgressStyle.PLAIN, ProgressStyle.BAR):
        text = printed(style, tty=style is ProgressStyle.BAR, simulated=True)
        assert "64 KiB at 32.0 KiB/s in 2.00 s (simulated)" in text
        assert "simulated" not in printed(style, tty=style is ProgressStyle.BAR)


def test_a_bar_on_a_terminal() -> None:
    text = printed(ProgressStyle.AUTO, tty=True)
    assert "program" in text
    assert "[odd] the size register" in text


def test_none_is_silent() -> None:
    assert printed(ProgressStyle.NONE) == ""


def test_ndjson_has_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    printed(ProgressStyle.JSON)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == len(EVENTS)
    assert lines[1] == {"event": "progressed", "phase": "program", "done": 32768, "seconds": 1.0}


def test_a_reader_that_went_away_does_not_stop_the_work() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    console = Console(stderr=True)
    console.file = Gone()
    with shown(ProgressStyle.PLAIN, console, simulated=False) as listen:
        for event in EVENTS:
            listen(event)
