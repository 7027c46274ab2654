"""What makes a chip boot its system memory: `targets/boot_patterns.toml` (AN2606 Table 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import field

from swdflash.chips.files import load_rows, targets_directory
from swdflash.chips.row import Row


class BootWay(Row, frozen=True):
    """One way into system memory; it holds when everything in it does."""

    pins: dict[str, int] = field(default_factory=dict)  # "BOOT0" → level at a reset
    bits: dict[str, int] = field(default_factory=dict)  # option bit → its content
    flash: str | None = None  # what must be there, in words

    def words(self, pins: Mapping[str, str] | None = None) -> str:
        """What must be: `BOOT0 = 1, BOOT1 (PB2) = 0 and option bit BFB2 = 1`.

        `pins` are other names of the boot pins: {"BOOT1": "PB2"}.
        """
        parts = [*self._pins(pins or {}), *self._bits()]
        if self.flash:
            parts.append(f"flash: {self.flash}")
        *most, last = parts
        return f"{', '.join(most)} and {last}" if most else last

    def _pins(self, names: Mapping[str, str]) -> Iterator[str]:
        for pin, level in self.pins.items():
            yield f"{pin} ({names[pin]}) = {level}" if pin in names else f"{pin} = {level}"

    def _bits(self) -> Iterator[str]:
        label = "option bits " if len(self.bits) > 1 else "option bit "
        for name, content in self.bits.items():
            yield f"{label}{name} = {content}"
            label = ""


class BootPattern(Row, frozen=True):
    """A row of AN2606 Table 2; any of its ways will do."""

    number: int
    ways: tuple[BootWay, ...]

    def words(self, pins: Mapping[str, str] | None = None) -> str:
        """All ways, as `BootWay.words` has them."""
        return "; or ".join(way.words(pins) for way in self.ways)

    @property
    def bits(self) -> tuple[str, ...]:
        """The option bits that it looks at."""
        return tuple(dict.fromkeys(name for way in self.ways for name in way.bits))


class PatternsFile(Row, frozen=True):
    """The whole file."""

    pattern: tuple[BootPattern, ...]


@cache
def boot_patterns() -> dict[int, BootPattern]:
    """Every pattern known, by its number. Raises BadTargetFile."""
    rows = load_rows(targets_directory() / "boot_patterns.toml", PatternsFile)
    return {row.number: row for row in rows.pattern}
