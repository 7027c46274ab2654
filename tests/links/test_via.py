from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.links.errors import BadVia, LinkError, UnknownMethod
from swdflash.links.via import Via, parse


@pytest.mark.parametrize(
    ("text", "via", "full"),
    [
        ("auto", Via("auto"), "auto"),
        ("pyocd:066DFF53", Via("pyocd", "066DFF53"), "pyocd:066DFF53"),
        ("pyocd:0?path=1-4.2", Via("pyocd", "0", (("path", "1-4.2"),)), "pyocd:0?path=1-4.2"),
        ("sim:bluepill", Via("pyocd", "sim:bluepill"), "pyocd:sim:bluepill"),
        ("pyocd:sim:bluepill", Via("pyocd", "sim:bluepill"), "pyocd:sim:bluepill"),
        ("openocd:066DFF53", Via("openocd", "066DFF53"), "openocd:066DFF53"),
        ("my/board.cfg", Via("openocd", "my/board.cfg"), "openocd:my/board.cfg"),
        (
            "tcp://127.0.0.1:6666",
            Via("openocd", "tcp://127.0.0.1:6666"),
            "openocd:tcp://127.0.0.1:6666",
        ),
        (
            "openocd:a.cfg?file=b.cfg&file=c.cfg",
            Via("openocd", "a.cfg", (("file", "b.cfg"), ("file", "c.cfg"))),
            "openocd:a.cfg?file=b.cfg&file=c.cfg",
        ),
        ("/dev/ttyUSB0", Via("uart", "/dev/ttyUSB0"), "uart:/dev/ttyUSB0"),
        (
            "uart:rfc2217://host:4000?baud=460800&boot0=rts",
            Via("uart", "rfc2217://host:4000", (("baud", "460800"), ("boot0", "rts"))),
            "uart:rfc2217://host:4000?baud=460800&boot0=rts",
        ),
        ("uart:sim:bluepill", Via("uart", "sim:bluepill"), "uart:sim:bluepill"),
        ("dfu:", Via("dfu"), "dfu:"),
        ("dfu:357653?path=1-4", Via("dfu", "357653", (("path", "1-4"),)), "dfu:357653?path=1-4"),
        ("replay:a b?.jsonl", Via("replay", "a b?.jsonl"), "replay:a b?.jsonl"),
    ],
)
def test_ways(text: str, via: Via, full: str) -> None:
    assert parse(text) == via
    assert str(via) == full
    assert parse(full) == via


def test_only_a_virtual_board_has_a_name() -> None:
    assert parse("sim:bluepill").board == "bluepill"
    assert parse("pyocd:066DFF53").board is None


def test_a_slip_of_the_pen_gets_a_hint() -> None:
    with pytest.raises(UnknownMethod, match=r"did you mean pyocd\?"):
        parse("pyodc:1234")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "066DFF53",
        "pyocd:",
        "sim:",
        "pyocd:sim:",
        "pyocd:1?baud=9",
        "uart:",
        "uart:/dev/ttyUSB0?speed=9",
        "dfu:1?path=4.2",
        "pyocd:1?path=4.2",
        "sim:bluepill?path=1-4",
    ],
)
def test_what_names_no_way(text: str) -> None:
    with pytest.raises(BadVia):
        parse(text)


@given(st.text())
def test_any_text_is_a_way_or_an_error_of_ours(text: str) -> None:
    with suppress(LinkError):
        via = parse(text)
        assert parse(str(via)) == via
