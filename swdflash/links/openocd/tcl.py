"""Words and lists as TCL writes them (Tcl's manual, Tcl(n) and `list`)."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_./:+,=@%~^-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r"""[\s\[\]{}$;"\\#()'<>*?|&!]""")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HEX = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
SPACE = " \t\n\r\v\f"


def quote(text: str) -> str:
    """One word of a command, whatever `text` holds; nothing in it is substituted or run.

    Braces stay balanced in the sense of TCL, so that the word may stand in a braced script; control
    characters are spelled out, so that none ends a request of the TCL port.
    """
    if not text:
        return "{}"
    if _PLAIN.fullmatch(text):
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if _CONTROL.match(character):
        return f"\\u{ord(character):04x}"
    return f"\\{character}" if _SPECIAL.match(character) else character


def command(*words: str | int) -> str:
    """A command of these words."""
    return " ".join(quote(str(word)) for word in words)


def braced(script: str) -> str:
    """A script of our own making as one word; its braces must balance."""
    return "{" + script + "}"


def parse_list(text: str) -> list[str]:
    """The elements of a list. Raises ValueError where `text` is none."""
    elements: list[str] = []
    at = _skip_space(text, 0)
    while at < len(text):
        if text[at] == "{":
            element, at = _braced(text, at)
        elif text[at] == '"':
            element, at = _quoted(text, at)
        else:
            element, at = _bare(text, at)
        if at < len(text) and text[at] not in SPACE:
            raise ValueError(f"{text[at]!r} behind an element of a list")
        elements.append(element)
        at = _skip_space(text, at)
    return elements


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at


def _braced(text: str, start: int) -> tuple[str, int]:
    """What is between braces, as it is; a backslash hides a brace from the count."""
    depth = 0
    for brace in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return text[start + 1 : brace.start()], brace.end()
    raise ValueError("a brace is open at the end of a list")


def _quoted(text: str, start: int) -> tuple[str, int]:
    parts: list[str] = []
    at = start + 1
    while at < len(text):
        if text[at] == '"':
            return "".join(parts), at + 1
        part, at = _character(text, at)
        parts.append(part)
    raise ValueError("a quote is open at the end of a list")


def _bare(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] not in SPACE:
        part, at = _character(text, at)
        parts.append(part)
    return "".join(parts), at


def _character(text: str, at: int) -> tuple[str, int]:
    """One character, with what a backslash makes of the next."""
    if text[at] != "\\" or at + 1 == len(text):
        return text[at], at + 1
    if number := _HEX.match(text, at + 1):
        return chr(int(number[1] or number[2], 16)), number.end()
    return _ESCAPES.get(text[at + 1], text[at + 1]), at + 2
