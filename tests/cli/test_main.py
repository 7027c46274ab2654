from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swdflash.cli import explain, main
from swdflash.cli.errors import NobodyToAsk, SaidNo
from swdflash.cli.terminal import Terminal
from swdflash.errors import SwdflashError
from tests.cli.conftest import Run


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `swdflash explain` end in `error`."""

    def all_errors() -> None:
        raise error

    monkeypatch.setattr(explain, "all_errors", all_errors)


def test_version_is_printed_without_loading_the_rest() -> None:
    look = (
        "import sys; from swdflash.__main__ import main; sys.argv = ['swdflash', '--version'];"
        "assert main() == 0; print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["swdflash", "0.1.0"]
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "swdflash" in loaded
    assert not loaded & {"pyocd", "unicorn", "typer", "rich", "msgspec", "usb"}


def test_commands_without_a_chip_do_not_load_pyocd() -> None:
    look = (
        "import sys; from swdflash.cli.main import run; run(['explain', 'usage']);"
        "run(['config', 'show']); run(['--help']); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert not loaded & {"pyocd", "unicorn", "usb"}


def test_errors_are_explained_where_neither_pyocd_nor_unicorn_is_installed() -> None:
    look = (
        "import sys; sys.modules.update(pyocd=None, unicorn=None);"
        "from swdflash.cli.main import run; sys.exit(run(['explain']))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_swdflash_ends_with_the_exit_code() -> None:
    argv = [sys.executable, "-m", "swdflash", "nonsense"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"],
        ["explain", "--bogus"],
        ["config"],
        ["schema"],
        ["config", "show", "--timeout", "-1"],
        ["config", "show", "--clock", "fast"],
        ["config", "show", "--progress", "loud"],
    ],
)
def test_a_wrong_command_line_ends_in_2_and_helps(swdflash: Run, argv: list[str]) -> None:
    spoken = swdflash(*argv)
    assert spoken.exit == 2
    assert spoken.out == ""
    assert "error: " in spoken.err
    assert "why: " in spoken.err
    assert "try: swdflash" in spoken.err
    assert "Traceback" not in spoken.err

    document = swdflash(*argv, "--json").document
    assert document["ok"] is False
    assert document["error"]["exit"] == 2
    assert document["error"]["next"]


def test_a_misspelt_command_gets_the_nearest(swdflash: Run) -> None:
    assert "explain" in swdflash("exlpain").err


def test_every_command_has_help(swdflash: Run) -> None:
    spoken = swdflash("--help")
    assert spoken.exit == 0
    for name in main.COMMANDS:
        assert f"  {name}" in spoken.out
        assert "--help" in swdflash(name, "--help").out


def test_the_overview_is_not_cut_short(swdflash: Run) -> None:
    assert "..." not in swdflash("--help").out.partition("Commands:")[2]


def test_notes_on_an_error_are_told(swdflash: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    error = SaidNo("erase it all")
    error.add_note("2 of 64 pages are erased")
    fail_with(error, monkeypatch)
    assert "2 of 64 pages are erased" in swdflash("explain").err
    assert "2 of 64 pages" in swdflash("explain", "--json").document["error"]["why"]


def test_no_arguments_is_help(swdflash: Run) -> None:
    assert swdflash().out == swdflash("--help").out


def test_markup_in_user_text_is_shown_as_it_is(swdflash: Run) -> None:
    spoken = swdflash("explain", "[bold]x[/bold][/nonsense]")
    assert "'[bold]x[/bold][/nonsense]'" in spoken.err


def test_an_unforeseen_exception_is_a_bug_with_a_report(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(ZeroDivisionError("by [naught]"), monkeypatch)
    spoken = swdflash("explain", "--json")
    assert spoken.exit == 1
    assert "Traceback" not in spoken.err
    error = spoken.document["error"]
    assert error["code"] == "bug"
    report = Path(error["evidence"]["report"])
    text = report.read_text()
    assert "ZeroDivisionError: by [naught]" in text
    assert "['explain', '--json']" in text


def test_an_interrupt_tells_the_state_it_was_given(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt = KeyboardInterrupt()
    interrupt.add_note("3 of 64 pages are erased")
    fail_with(interrupt, monkeypatch)
    spoken = swdflash("explain")
    assert spoken.exit == 130
    assert "3 of 64 pages are erased" in spoken.err


@pytest.mark.parametrize("deaf", [False, True])
def test_sigterm_is_an_interrupt(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch, deaf: bool
) -> None:
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(kind) for kind in kinds]
    monkeypatch.setattr(explain, "all_errors", lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        if deaf:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert swdflash("explain").exit == 130
    finally:
        if deaf:
            signal.signal(signal.SIGINT, before[0])
    assert [signal.getsignal(kind) for kind in kinds] == before


def test_a_job_that_ignores_ctrl_c_goes_on(swdflash: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = explain.all_errors()

    def pressed() -> dict[str, type[SwdflashError]]:
        os.kill(os.getpid(), signal.SIGINT)
        return found

    monkeypatch.setattr(explain, "all_errors", pressed)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert swdflash("explain").exit == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    line = f"{sys.executable} -m swdflash explain --json | true; echo ${{PIPESTATUS[0]}}"
    argv = ["bash", "-c", line]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
    assert done.stderr == ""


def test_log_holds_what_was_said_with_times(swdflash: Run, tmp_path: Path) -> None:
    log = tmp_path / "all.log"
    assert swdflash("config", "show", "--log", str(log)).exit == 0
    assert log.is_file()


def test_a_log_that_cannot_be_written_is_usage(swdflash: Run, tmp_path: Path) -> None:
    spoken = swdflash("config", "show", "--log", str(tmp_path))
    assert spoken.exit == 2
    assert str(tmp_path) in spoken.err


def test_consent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal("erase", json=False)
    terminal.confirm("erase it all", yes=True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(NobodyToAsk):
        terminal.confirm("erase it all", yes=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for answer, agreed in (("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False)):
        monkeypatch.setattr(sys.stdin, "readline", lambda answer=answer: answer, raising=False)
        if agreed:
            terminal.confirm("erase it all", yes=False)
        else:
            with pytest.raises(SaidNo):
                terminal.confirm("erase it all", yes=False)
    assert "erase it all" in capsys.readouterr().err
