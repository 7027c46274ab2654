"""Rules of other programs that open probes to everybody, with file and line.

Sources: udev(7): files of all folders are sorted by name, a name in /etc hides the same name
elsewhere, and `:=` forbids later changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from swdflash.chips.probes import probes
from swdflash.host.rules import NAME
from swdflash.host.usb_text import printable

# In order of precedence.
FOLDERS = ("etc/udev/rules.d", "run/udev/rules.d", "usr/local/lib/udev/rules.d")
SYSTEM_FOLDERS = ("usr/lib/udev/rules.d", "lib/udev/rules.d")

TOKEN = re.compile(r'([A-Z_]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*e?"((?:[^"\\]|\\.)*)"')
EVERYBODY = 0o002


@dataclass(frozen=True)
class Conflict:
    """A rule that lets everybody write to a probe."""

    file: Path
    line: int  # the first of the rule
    rule: str  # fit to print
    wins: bool  # over ours: it comes later, or is final

    def __str__(self) -> str:
        return f"{printable(str(self.file))}:{self.line}"


def find_conflicts(root: Path) -> tuple[Conflict, ...]:
    """Every rule that gives a device of `targets/probes.toml` a mode that is open to all."""
    found = (
        _conflict(file, line, rule) for file in rules_files(root) for line, rule in _rules(file)
    )
    return tuple(conflict for conflict in found if conflict is not None)


def rules_files(root: Path) -> tuple[Path, ...]:
    """The files that udev reads, in its order."""
    by_name: dict[str, Path] = {}
    for folder in (*FOLDERS, *SYSTEM_FOLDERS):
        try:
            names = sorted((root / folder).glob("*.rules"))
        except OSError:
            continue
        for file in names:
            by_name.setdefault(file.name, file)
    return tuple(file for name, file in sorted(by_name.items()) if name != NAME)


def _rules(file: Path) -> Iterator[tuple[int, str]]:
    """Each rule with the number of its first line; a backslash goes on in the next."""
    try:
        lines = file.read_bytes().decode("utf-8", "replace").split("\n")
    except OSError:
        return
    rule, first = "", 0
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        first = first if rule else number
        if text.startswith("#"):
            continue  # also between the lines of a rule
        if text.endswith("\\"):
            rule += text[:-1] + " "
            continue
        if rule + text:
            yield first, rule + text
        rule = ""


def _conflict(file: Path, line: int, rule: str) -> Conflict | None:
    tokens = TOKEN.findall(rule)
    modes = [(operator, value) for key, _, operator, value in tokens if key == "MODE"]
    given = [(operator, value) for operator, value in modes if operator in ("=", ":=")]
    if not given or not _open_to_all(given[-1][1]) or not _touches_probe(tokens):
        return None
    wins = given[-1][0] == ":=" or file.name > NAME
    return Conflict(file, line, printable(rule), wins)


def _open_to_all(mode: str) -> bool:
    return re.fullmatch("[0-7]{3,4}", mode) is not None and bool(int(mode, 8) & EVERYBODY)


def _touches_probe(tokens: list[tuple[str, str, str, str]]) -> bool:
    """By vendor and product; a rule for all of USB touches probes, too."""
    wanted: Mapping[str, str] = {
        name: value.lower()
        for key, name, operator, value in tokens
        if key in ("ATTR", "ATTRS") and operator == "==" and name in ("idVendor", "idProduct")
    }
    if not wanted:
        return _is_for_all_of_usb(tokens)
    return any(
        _matches(vendor, wanted.get("idVendor", "*"))
        and _matches(product, wanted.get("idProduct", "*"))
        for vendor, product in _ids()
    )


def _is_for_all_of_usb(tokens: list[tuple[str, str, str, str]]) -> bool:
    matches = [(key, value) for key, _, operator, value in tokens if operator in ("==", "!=")]
    usb = any(key.startswith("SUBSYSTEM") and "usb" in value.split("|") for key, value in matches)
    return usb and all(key.startswith(("SUBSYSTEM", "ACTION")) for key, _ in matches)


def _ids() -> set[tuple[str, str]]:
    """Vendor and product of what the rules are for, as rules spell them."""
    kinds = [probe for probe in probes() if probe.kind != "serial"]
    return {(f"{vendor:04x}", f"{product:04x}") for kind in kinds for vendor, product in kind.usb}


def _matches(value: str, pattern: str) -> bool:
    return any(fnmatchcase(value, each) for each in pattern.split("|"))
