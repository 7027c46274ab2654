"""What a recording holds beside the transactions.

The command line, settings, bytes that an earlier write owes a chip, and how it all ended.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from swdflash.api.readiness import wires_file
from swdflash.cli.terminal import Terminal
from swdflash.flashing.journal import journal_dir
from swdflash.links.recording import Ended

SETTINGS = ("chip", "erase", "dbgmcu")  # those that change what a command asks of the chip


def as_recorded(terminal: Terminal) -> list[str]:
    """The command line, with settings from files and environment in front as a shell has them."""
    configuration = terminal.configuration
    assert configuration is not None
    decided = {key: configuration.deciders[key] for key in SETTINGS}
    return [
        *(
            f"SWDFLASH_{key.upper()}={layer.values[key]}"
            for key, layer in decided.items()
            if layer.source not in {"default", "option"}
        ),
        *terminal.argv,
    ]


def state_files() -> list[Path]:
    """What earlier commands left: interrupted writes, which change what is done; tests of NRST."""
    wires = wires_file()
    return [*sorted(journal_dir().glob("*.journal")), *([wires] if wires.exists() else [])]


def note_end(terminal: Terminal, code: int) -> None:
    """Add the exit code and the result to the recording, if there is one."""
    if terminal.recording is None or not terminal.document:
        return
    document = msgspec.json.decode(terminal.document)
    line = msgspec.json.encode(Ended(int(code), document)) + b"\n"
    with suppress(OSError), terminal.recording.open("ab") as file:
        file.write(line)
