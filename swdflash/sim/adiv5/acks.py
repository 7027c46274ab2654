"""How a target answers a transaction on the SWD wire (ADIv5, IHI 0031 §B4.2)."""

from __future__ import annotations

from enum import IntEnum


class Ack(IntEnum):
    """The three bits after a request; a line that nobody drives reads as ones."""

    OK = 0b001
    WAIT = 0b010
    FAULT = 0b100
    NONE = 0b111


class SwdError(Exception):
    """A transaction that was not acknowledged with OK."""

    def __init__(self, ack: Ack) -> None:
        super().__init__(f"SWD ACK {ack.name}")
        self.ack = ack
