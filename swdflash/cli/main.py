"""From `argv` to an exit code: finds the command, runs it, and is the one place errors end in."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from swdflash import __version__
from swdflash.cli.errors import Bug, Interrupted, Misused, UnknownCommand
from swdflash.cli.record_end import note_end
from swdflash.cli.terminal import Terminal
from swdflash.errors import Exit, SwdflashError

# name → "module:attribute"; modules are imported when their command is asked for
COMMANDS = {
    "write": "swdflash.cli.write:write",
    "verify": "swdflash.cli.verify:verify",
    "read": "swdflash.cli.read:read",
    "backup": "swdflash.cli.read:backup",
    "erase": "swdflash.cli.erase:erase",
    "unprotect": "swdflash.cli.unprotect:unprotect",
    "reset": "swdflash.cli.run:reset",
    "go": "swdflash.cli.run:go",
    "info": "swdflash.cli.info:info",
    "diagnose": "swdflash.cli.diagnose:diagnose",
    "recover": "swdflash.cli.recover:recover",
    "boot": "swdflash.cli.boot:app",
    "dbgmcu": "swdflash.cli.dbgmcu:app",
    "probe": "swdflash.cli.probe:app",
    "list": "swdflash.cli.list:list_",
    "doctor": "swdflash.cli.doctor:doctor",
    "udev": "swdflash.cli.udev:app",
    "targets": "swdflash.cli.targets:targets",
    "image": "swdflash.cli.image:image",
    "sim": "swdflash.cli.sim:app",
    "replay": "swdflash.cli.replay:replay",
    "config": "swdflash.cli.config_show:app",
    "explain": "swdflash.cli.explain:explain",
    "schema": "swdflash.cli.schema:schema",
}


class CommandTable(TyperGroup):
    """The root command: a table of commands, each imported when it is wanted."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """Every command's name, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """The command of this name; raises `UnknownCommand`."""
        if cmd_name not in COMMANDS:
            if cmd_name.startswith("-"):
                return None  # typer says better what is wrong with an option
            nearest = get_close_matches(cmd_name, COMMANDS, n=1, cutoff=0)
            raise UnknownCommand(cmd_name, nearest[0])
        module, attribute = COMMANDS[cmd_name].split(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            app = typer.Typer(rich_markup_mode=None, add_completion=False)
            app.command(cmd_name)(found)
            found = app
        loaded = typer.main.get_command(found)
        loaded.name = cmd_name
        return loaded


app = typer.Typer(cls=CommandTable, rich_markup_mode=None)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"swdflash {__version__}")
        raise typer.Exit


@app.callback()
def swdflash(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Program STM32 chips over SWD, and learn why a board does not answer."""


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns its exit code (`swdflash.errors.Exit`). Never raises."""
    argv = list(argv) or ["--help"]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that cannot be shown stops nothing
    own = argv[: argv.index("--")] if "--" in argv else argv
    words = [word for word in own if not word.startswith("-")]
    terminal = Terminal(" ".join(words[:1]), json="--json" in own, argv=argv)
    try:
        with _sigterm_as_interrupt():
            code = _ended(argv, terminal)
    except BrokenPipeError:
        code = _reader_gone()
    finally:
        terminal.close()
    note_end(terminal, code)
    return code


def _ended(argv: list[str], terminal: Terminal) -> int:
    """Invoke the command; every way that it can end becomes an exit code here."""
    try:
        return _invoke(argv, terminal)
    except SwdflashError as error:
        return terminal.fail(error)
    except typer.TyperException as misuse:
        terminal.command = _command_of(misuse) or terminal.command
        return terminal.fail(Misused(misuse.format_message().rstrip("."), terminal.command))
    except (KeyboardInterrupt, typer.Abort) as interrupt:
        if terminal.json and terminal.document:
            return Exit.DONE  # the one document is out; only the hanging up was interrupted
        notes = getattr(interrupt, "__notes__", [])
        state = " ".join(notes) or "nothing was being changed at that moment"
        return terminal.fail(Interrupted(state))
    except BrokenPipeError:
        raise
    except Exception as surprise:  # noqa: BLE001  (no traceback reaches a user)
        report = _save_report(argv, surprise)
        return terminal.fail(Bug(type(surprise).__name__, str(surprise), report))


def _invoke(argv: list[str], terminal: Terminal) -> int:
    root = typer.main.get_command(app)
    if "_SWDFLASH_COMPLETE" in os.environ:
        root.main(argv, prog_name="swdflash")  # a shell asks for completions; exits
    try:
        with root.make_context("swdflash", argv, obj=terminal) as context:
            root.invoke(context)
    except typer.Exit as early:
        return early.exit_code
    return Exit.DONE


def _command_of(misuse: typer.TyperException) -> str:
    """The command whose line is wrong: `config show`; empty where it is none's."""
    context = getattr(misuse, "ctx", None)
    return "" if context is None else context.command_path.removeprefix("swdflash").strip()


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: with the same care and the same message.

    It is passed on as SIGINT, which links hold back during a transaction. A shell that starts
    jobs in the background has SIGINT ignored: then Ctrl-C still is, and SIGTERM is not.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    terminated = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if terminated or not deaf:
            raise KeyboardInterrupt

    def terminate(_number: int, _frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        signal.raise_signal(signal.SIGINT)

    before = {signal.SIGINT: signal.signal(signal.SIGINT, interrupt)}
    before[signal.SIGTERM] = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reader_gone() -> int:
    """Whoever read stdout has seen enough (`| head`); that is no failure of the command."""
    with suppress(OSError, ValueError):  # stdout may be no real file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _save_report(argv: list[str], surprise: Exception) -> Path:
    """Keep the traceback for a bug report, out of the user's sight."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    trace = "".join(traceback.format_exception(surprise))
    lines = (f"swdflash {__version__}", f"python {sys.version}", f"argv {argv!r}", "", trace)
    try:
        report = Path(tempfile.mkdtemp(prefix=f"swdflash-bug-{stamp}-")) / "report.txt"
        report.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    except OSError as problem:
        return Path(f"(its traceback could not be saved: {problem})")
    return report
