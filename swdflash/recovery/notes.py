"""What was measured in the course of a diagnosis, with the time."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.recovery.finding import Cause, Evidence, Finding


class Notes:
    """Collects evidence; times count from its making, on the links' clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = now()
        self.evidence: list[Evidence] = []
        self.also: list[str] = []

    def note(self, what: str, value: object) -> None:
        """Write a measurement down."""
        self.evidence.append(Evidence(what, str(value), round(self._now() - self._began, 6)))

    def see(self, what: str) -> None:
        """Something else that is true of this board."""
        if what not in self.also:
            self.also.append(what)

    def finding(
        self,
        cause: Cause,
        *advice: str,
        would_prove: str | None = None,
        left: str = "as it was found",
    ) -> Finding:
        """The diagnosis: proven, unless it says what would prove it."""
        return Finding(
            cause=cause,
            proven=would_prove is None,
            evidence=tuple(self.evidence),
            would_prove=would_prove,
            also=tuple(self.also),
            advice=advice,
            left=left,
        )


def duration(seconds: float) -> str:
    """A time since a reset, as people read it: `9.92 ms`, `2.004 s`."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3f} s"
