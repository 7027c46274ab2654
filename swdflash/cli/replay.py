"""`swdflash replay FILE`: a recorded command, run again against its recording.

It runs in a process and a scratch directory of its own, with the files that it read then, without
this user's configuration and state; what it writes goes into the scratch directory, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from swdflash.api.readiness import wires_file
from swdflash.cli.documents.replay import ReplayResult
from swdflash.cli.errors import ReplayDiffers
from swdflash.cli.options import command
from swdflash.cli.terminal import Terminal
from swdflash.links.errors import BadRecording
from swdflash.links.recording import Header, read_end, read_header

DROPPED = {"--via": 1, "--record": 1, "--log": 1, "--progress": 1, "--profile": 1, "--timeout": 1}
DROPPED |= {"--watch": 0, "--json": 0}
STATE = "state"  # the scratch SWDFLASH_STATE_DIR
ELSEWHERE = {"swdflash", "file", "files", "next", "via"}  # keys that may differ
OUTPUTS = ("-o", "--output")


@command
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made with --record FILE.")],
    terminal: Terminal,
) -> None:
    """Run a recorded command again.

    It plays against its recording; says whether the same comes out.
    """
    header, end = read_header(file), read_end(file)
    with tempfile.TemporaryDirectory(prefix="swdflash-replay-") as scratch:
        code, document = _run_again(header, file.resolve(), Path(scratch))
    result = ReplayResult(
        file=str(file),
        recorded_by=header.swdflash,
        command=header.argv,
        recorded_exit=None if end is None else end.ended,
        exit=code,
        same=None if end is None else not (found := difference(end.document, document)),
        document=document,
    )
    terminal.partial = result
    if end is not None and found:
        raise ReplayDiffers(file, found, header.swdflash)
    terminal.show(result, *_sentences(result))


def _run_again(header: Header, recording: Path, scratch: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON document of the command, played back."""
    names = {given: _restored(scratch, given, data) for given, data in header.inputs.items()}
    settings = [word for word in header.argv if word.startswith("SWDFLASH_") and "=" in word]
    words = list(replayable(header.argv[len(settings) :], names))
    argv = [*words, "--json", "--progress", "none", "--via", f"replay:{recording}"]
    environment = {key: v for key, v in os.environ.items() if not key.startswith("SWDFLASH_")}
    environment |= dict(word.split("=", 1) for word in settings)
    environment |= {"SWDFLASH_STATE_DIR": str(scratch / STATE), "XDG_CONFIG_HOME": str(scratch)}
    done = subprocess.run(
        [sys.executable, "-m", "swdflash", *argv],
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    try:
        return done.returncode, msgspec.json.decode(done.stdout, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadRecording(str(recording), 1, f"{header.argv} prints no document") from error


def replayable(argv: Sequence[str], inputs: dict[str, str]) -> Iterator[str]:
    """The words of the command line, with its files in the scratch directory.

    What says how to reach the chip and how to show progress is left out.
    """
    words = iter(argv)
    backup = argv[:1] == ["backup"]
    for word in words:
        option, equals, value = word.partition("=")
        if option in DROPPED:
            if DROPPED[option] and not equals:
                next(words, None)
        elif option in OUTPUTS:
            yield option
            yield _output(value or next(words, ""))
        elif word in inputs:
            yield inputs[word]
        elif (at := word.rpartition("@"))[0] in inputs:
            yield f"{inputs[at[0]]}@{at[2]}"
        elif backup and "/" in word and not word.startswith("-"):
            yield _output(word)
        else:
            yield word
    if argv[:1] in (["erase"], ["recover"]):
        yield "--yes"  # whoever recorded it agreed


def _output(name: str) -> str:
    """A name in the scratch directory; stdout is needed for the document."""
    return "stdout.bin" if name == "-" else Path(name).name


def _restored(scratch: Path, given: str, data: bytes) -> str:
    """Put an input where the command will find it; relative names stay as they were."""
    path = Path(given)
    if path.suffix == ".journal" or path.name == wires_file().name:
        below = "journals" if path.suffix == ".journal" else ""
        given = str(Path(STATE, below, path.name))
        path = Path(given)
    inside = not path.is_absolute() and ".." not in path.parts
    name = (
        given if inside else str(Path("inputs", *(p for p in path.parts if p not in ("/", ".."))))
    )
    file = scratch / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return name


def difference(recorded: object, replayed: object, where: str = "") -> str:
    """The first thing that came out otherwise; empty where all is the same.

    Names of files are passed over: they lie elsewhere now. So is the version of swdflash.
    """
    pairs = _pairs(recorded, replayed)
    if pairs is not None:
        found = (difference(old, new, f"{where}.{key}".lstrip(".")) for key, old, new in pairs)
        return next(filter(None, found), "")
    if recorded == replayed or _names_of_files(recorded, replayed):
        return ""
    return f"{where} is {replayed!r} now, and was {recorded!r}"


def _pairs(recorded: object, replayed: object) -> list[tuple[str, object, object]] | None:
    """What two objects or two lists have inside, or None for anything else."""
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        return [(k, v, replayed.get(k)) for k, v in recorded.items() if k not in ELSEWHERE]
    if isinstance(recorded, list) and isinstance(replayed, list) and len(recorded) == len(replayed):
        both = zip(recorded, replayed, strict=True)
        return [(str(at), old, new) for at, (old, new) in enumerate(both)]
    return None


def _names_of_files(recorded: object, replayed: object) -> bool:
    """Whether two texts differ in directories only."""
    if not isinstance(recorded, str) or not isinstance(replayed, str):
        return False
    return [Path(w).name for w in recorded.split()] == [Path(w).name for w in replayed.split()]


def _sentences(result: ReplayResult) -> Iterator[str]:
    error = result.document.get("error")
    came = f"exit {result.exit}" + (f" ({error['code']}: {error['why']})" if error else "")
    yield f"swdflash {' '.join(result.command)}"
    if result.same is None:
        yield f"replayed: {came}; the recording was cut short and does not say how it ended"
    else:
        yield f"the same came out: {came}"
