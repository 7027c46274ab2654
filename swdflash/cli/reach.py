"""From link options to a chip within reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import swdflash
from swdflash.cli.options import WayOptions
from swdflash.cli.record_end import as_recorded, journals
from swdflash.cli.terminal import Terminal


@contextmanager
def reached(
    link: WayOptions, terminal: Terminal, *, inputs: Sequence[Path] = ()
) -> Iterator[swdflash.Target]:
    """The chip that the options lead to; what is odd about it is said.

    `inputs` are the files that the command reads: a recording holds them and the journals, too.
    """
    terminal.recording = link.record
    with swdflash.open_target(
        link.via,
        chip=terminal.settings.chip,
        clock_hz=link.clock,
        timeout_s=link.timeout,
        record=link.record,
        argv=as_recorded(terminal),
        inputs=[*inputs, *journals()] if link.record else (),
    ) as target:
        for note in target.identity.notes:
            terminal.warn(note.code, note.text)
        yield target
