"""`swdflash explain CODE`: any error or exit code, at more length."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from string import Formatter
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.explain import ErrorMeaning, ExplainResult
from swdflash.cli.errors import UnknownErrorCode
from swdflash.cli.options import command
from swdflash.cli.terminal import Terminal
from swdflash.errors import Exit, SwdflashError, every_error

ERROR_FILES = ("errors.py", "misfits.py", "digest.py")  # where packages keep their errors

EXIT_MEANINGS = {
    Exit.DONE: "done",
    Exit.BUG: "a bug in swdflash; please report it",
    Exit.USAGE: "the command line, a setting or an output file cannot be used",
    Exit.NO_PROBE: "no probe or port was found, or none that can be used",
    Exit.PERMISSION: "the system does not let this user at the probe or port",
    Exit.NO_ANSWER: "the target does not answer",
    Exit.PROTECTED: "the chip is protected",
    Exit.BAD_IMAGE: "the image is bad, or does not fit the chip",
    Exit.VERIFY_FAILED: "what is on the chip is not what it should be",
    Exit.LINK_LOST: "the link was lost on the way",
    Exit.REFUSED: "refused by the user or by a guard",
    Exit.INTERRUPTED: "interrupted by Ctrl-C or SIGTERM",
}


@command
def explain(
    terminal: Terminal,
    code: Annotated[
        str | None, typer.Argument(help="An error's code, or an exit code's number.")
    ] = None,
) -> None:
    """Say more of an error or an exit code.

    Without CODE, list them all.
    """
    errors = all_errors()
    if code is None:
        chosen = list(errors.values())
    elif code.isdigit() and int(code) in set(Exit):
        chosen = [kind for kind in errors.values() if kind.exit == int(code)]
    elif code in errors:
        chosen = [errors[code]]
    else:
        nearest = get_close_matches(code, errors, n=1, cutoff=0)
        raise UnknownErrorCode(code, nearest[0])
    result = ExplainResult(
        [_meaning(kind) for kind in chosen],
        {str(int(number)): text for number, text in EXIT_MEANINGS.items()},
    )
    if code in errors:
        terminal.show(result, *_at_length(result.errors[0]))
    else:
        terminal.show(result, *_list(chosen, code))


def all_errors() -> dict[str, type[SwdflashError]]:
    """Every error that any part of swdflash can end in, by code."""
    package = Path(swdflash.__file__).parent
    for name in ERROR_FILES:
        for file in package.rglob(name):
            parts = file.relative_to(package.parent).with_suffix("").parts
            import_module(".".join(parts))
    return every_error()


def spoken(template: str) -> str:
    """A template with its fields as placeholders: `{end:#010x}` becomes `END`."""
    return "".join(
        text + (name or "").split(".")[-1].upper().replace("_", "-")
        for text, name, _, _ in Formatter().parse(template)
    )


def _meaning(kind: type[SwdflashError]) -> ErrorMeaning:
    return ErrorMeaning(
        code=kind.code,
        exit=int(kind.exit),
        about=" ".join((getdoc(kind) or "").split()),
        what=spoken(kind.what),
        why=spoken(kind.why),
        next=[spoken(line) for line in kind.next],
    )


def _at_length(error: ErrorMeaning) -> list[Text]:
    return [
        Text.assemble(
            (error.code, "bold"), f" (exit {error.exit}: {EXIT_MEANINGS[Exit(error.exit)]})"
        ),
        Text(error.about),
        Text(""),
        Text.assemble(("what: ", "dim"), error.what),
        Text.assemble((" why: ", "dim"), error.why),
        *(Text.assemble((" try: ", "green"), step) for step in error.next),
    ]


def _list(kinds: list[type[SwdflashError]], code: str | None) -> list[RenderableType]:
    exits = [number for number in EXIT_MEANINGS if code is None or int(code) == number]
    blocks: list[RenderableType] = []
    for number in exits:
        blocks.append(Text.assemble((f"exit {int(number)}", "bold"), f": {EXIT_MEANINGS[number]}"))
        rows = [(f"  {kind.code}", getdoc(kind) or "") for kind in kinds if kind.exit == number]
        if rows:
            blocks.append(render.facts(rows))
    return blocks
