"""Names for addresses in code, from an ELF file."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection


class Symbols:
    """Functions by address. Without a file, every address is called by its number."""

    def __init__(self, functions: dict[int, str] | None = None) -> None:
        self._functions = functions or {}
        self._starts = sorted(self._functions)

    @classmethod
    def read(cls, path: Path | None) -> Symbols:
        """The functions in an ELF file; none for what has none or is no ELF. Raises OSError."""
        if path is None:
            return cls()
        with path.open("rb") as file:
            try:
                table = ELFFile(file).get_section_by_name(".symtab")
            except ELFError:
                return cls()
            if not isinstance(table, SymbolTableSection):
                return cls()
            return cls(
                {
                    symbol["st_value"] & ~1: symbol.name
                    for symbol in table.iter_symbols()
                    if symbol["st_info"]["type"] == "STT_FUNC"
                }
            )

    def name(self, address: int) -> str:
        """`0x08000104 (main+0x18)`, or the number alone."""
        at = bisect_right(self._starts, address) - 1
        if at < 0:
            return f"{address:#010x}"
        start = self._starts[at]
        offset = f"+{address - start:#x}" if address > start else ""
        return f"{address:#010x} ({self._functions[start]}{offset})"
