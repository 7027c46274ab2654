from __future__ import annotations

import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.links.openocd.tcl import command, parse_list, quote

HOSTILE = [
    'a b[exec rm]$x;".elf',
    "",
    "{",
    "}{",
    "\\",
    "ends\\",
    "#no comment",
    "\x1a\x00\n\r\t",
    "{*}$argv",
    "$::env(HOME)",
    "ü €",
    "a\\\nb",
]


@given(st.lists(st.text()))
def test_a_list_of_quoted_words_is_those_words(words: list[str]) -> None:
    assert parse_list(command(*words)) == words


@given(st.text())
def test_a_quoted_word_may_stand_in_braces(text: str) -> None:
    assert parse_list("{" + quote(text) + "}") == [quote(text)]
    assert "\x1a" not in quote(text)


@given(st.text(alphabet='{}\\"[] \na$x1u;'))
def test_any_text_is_a_list_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        assert all(isinstance(each, str) for each in parse_list(text))


@pytest.mark.parametrize("text", ["{", '"', "{a}b", '"a"b', "{a\\}"])
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(ValueError, match="list"):
        parse_list(text)


def test_escapes_and_braces() -> None:
    assert parse_list(r'{a {b c}} "d e" \x41\u00e9\n { \} }') == ["a {b c}", "d e", "Aé\n", r" \} "]


def test_openocds_own_interpreter_agrees() -> None:
    """Jim counts the bytes of each word, within a braced script as the TCL port wraps it."""
    lengths = "; ".join(f"lappend sizes [string bytelength {quote(text)}]" for text in HOSTILE)
    ran = subprocess.run(
        ["openocd", "-c", f"catch {{{lengths}}}; echo SIZES:$sizes; shutdown"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    sizes = [len(text.encode()) for text in HOSTILE]
    assert f"SIZES:{' '.join(map(str, sizes))}\n" in ran.stderr
