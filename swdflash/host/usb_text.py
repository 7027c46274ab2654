"""What a USB device says of itself, made fit to print: anybody can write anything there."""

from __future__ import annotations

import unicodedata

LONGEST = 126  # a string descriptor holds no more UTF-16 units (USB 2.0 §9.6.7)
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi overrides, half characters


def printable(raw: bytes | str) -> str:
    """One line without control characters; what cannot be shown is U+FFFD."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    shown = (
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in UNSEEN else character
        for character in text.removesuffix("\n")[:LONGEST]
    )
    return "".join(shown).strip()
