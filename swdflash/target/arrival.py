"""How a chip was reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arrival:
    """The way in that worked: a plain attach, or a rung of the recovery ladder.

    The rest is empty after a plain attach. `cause` is a `recovery.finding.Cause`; `evidence` are
    pairs of what was measured and its value.
    """

    rung: str = "attach"
    how: str = ""  # what was seen on the rung
    refused: str = ""  # why the plain attach did not work
    cause: str = ""
    proven: bool = False
    evidence: tuple[tuple[str, str], ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the chip answered a plain attach."""
        return self.rung == "attach"


PLAIN = Arrival()
