"""What goes wrong within one exchange with the ROM. It never leaves this package.

Whoever asked decides: repeat it in step again (`session`), look what became of it, or raise one of
the errors in `links.uart.errors`.
"""

from __future__ import annotations

from enum import StrEnum

from swdflash.links.uart.frames import FRAME_BYTES


class Stage(StrEnum):
    """The part of a command that the ROM answers to."""

    COMMAND = "the command"
    ADDRESS = "the address"
    SIZE = "the number of bytes"
    DATA = "the data"
    PARAMETER = "a parameter"
    RESULT = "what was to be done"


class OutOfStep(Exception):
    """An answer is missing, or is none that AN3155 knows. What the ROM waits for is not known."""

    def __init__(
        self, stage: Stage, heard: bytes, sent: bytes = b"", most: int = FRAME_BYTES
    ) -> None:
        super().__init__(f"{heard.hex() or 'nothing'} came back to {stage.value}")
        self.stage = stage
        self.heard = heard
        self.sent = sent  # the frame that the ROM may have only a part of
        self.most = most  # bytes that it may still wait for


class Nacked(OutOfStep):
    """The ROM answered NACK: it does not do that, or a byte was lost or changed on the way."""
