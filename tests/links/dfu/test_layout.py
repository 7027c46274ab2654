from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from swdflash.links.dfu.layout import Can, Memory, NoLayout, Sectors, parse
from swdflash.memory import Span

KIB = 1024
ALL = Can.EVERYTHING
RW = Can.READ | Can.WRITE

# What devices say, as `dfu-util -l` shows it in public bug reports and readmes.
REAL = {
    "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg": (
        "Internal Flash",
        [(4, 16 * KIB, ALL), (1, 64 * KIB, ALL), (7, 128 * KIB, ALL)],
    ),
    "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,03*256Kg": (
        "Internal Flash",
        [(4, 32 * KIB, ALL), (1, 128 * KIB, ALL), (3, 256 * KIB, ALL)],
    ),
    "@Internal Flash  /0x08000000/04*016Kg,01*64Kg,03*128Kg": (
        "Internal Flash",
        [(4, 16 * KIB, ALL), (1, 64 * KIB, ALL), (3, 128 * KIB, ALL)],
    ),
    "@Internal Flash  /0x08000000/0256*0002Kg": ("Internal Flash", [(256, 2 * KIB, ALL)]),
    "@Internal Flash  /0x08000000/032*0001Kg": ("Internal Flash", [(32, KIB, ALL)]),
    "@Internal Flash   /0x08000000/8*128Kg": ("Internal Flash", [(8, 128 * KIB, ALL)]),
    "@Internal Flash  /0x08000000/1536*128 g": ("Internal Flash", [(1536, 128, ALL)]),
    "@Internal Flash  /0x08000000/20*001Ka,108*001Kg": (
        "Internal Flash",
        [(20, KIB, Can.READ), (108, KIB, ALL)],
    ),
    "@Option Bytes  /0x1FFFC000/01*016 e": ("Option Bytes", [(1, 16, RW)]),
    "@Option Bytes  /0x1FFF7800/01*040 e": ("Option Bytes", [(1, 40, RW)]),
    "@Option Bytes   /0x5200201C/01*88 e": ("Option Bytes", [(1, 88, RW)]),
    "@OTP Memory /0x1FFF7800/01*512 e,01*016 e": ("OTP Memory", [(1, 512, RW), (1, 16, RW)]),
    "@OTP Memory /0x1FFF7000/01*0001Ke": ("OTP Memory", [(1, KIB, RW)]),
    "@Device Feature/0xFFFF0000/01*004 e": ("Device Feature", [(1, 4, RW)]),
    "@External Flash /0x90000000/1001*128Kg,3*128Kg,20*128Ka": (
        "External Flash",
        [(1001, 128 * KIB, ALL), (3, 128 * KIB, ALL), (20, 128 * KIB, Can.READ)],
    ),
    "@SPI Flash : SST25x/0x00000000/512*04Kg": ("SPI Flash : SST25x", [(512, 4 * KIB, ALL)]),
    # no letter: nothing is promised; zeros behind it; blanks where nobody else has them
    "@Internal Flash  /0x08000000/16*1K": ("Internal Flash", [(16, KIB, Can.NOTHING)]),
    "@Internal Flash /0x8000000/2*1Mg\0\0": ("Internal Flash", [(2, KIB * KIB, ALL)]),
    "@Flash / 0x08000000 / 4 * 2Kg, 4*2Kg ": ("Flash", [(4, 2 * KIB, ALL), (4, 2 * KIB, ALL)]),
    "@Flash/0X08000000/4*512Bg,": ("Flash", [(4, 512, ALL)]),
}


@pytest.mark.parametrize("text", REAL)
def test_what_devices_say(text: str) -> None:
    name, wanted = REAL[text]
    memory = parse(text, 3)
    assert memory.name == name
    assert [(part.count, part.size, part.can) for part in memory.parts] == wanted
    assert memory.alternate == 3


def test_sectors_follow_each_other() -> None:
    memory = parse("@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg")
    assert memory.size == KIB * KIB
    assert [sector.start for sector in memory.sectors[:6]] == [
        0x0800_0000, 0x0800_4000, 0x0800_8000, 0x0800_C000, 0x0801_0000, 0x0802_0000,
    ]  # fmt: skip


def test_a_string_can_have_several_addresses() -> None:
    memory = parse("@Flash/0x08000000/02*1Kg/0x08100000/1*1Ka,1*2Kg")
    starts = [(part.start, part.count) for part in memory.parts]
    assert starts == [(0x0800_0000, 2), (0x0810_0000, 1), (0x0810_0400, 1)]
    assert not memory.holds(0x0800_0800)
    assert memory.holds(0x0810_0000)


def test_what_a_span_lets_be_done_is_what_each_byte_does() -> None:
    memory = parse("@Flash/0x08000000/1*1Ka,2*1Kg")
    assert memory.can(Span(0x0800_0000, 1024)) == Can.READ
    assert memory.can(Span(0x0800_0400, 2048)) == Can.EVERYTHING
    assert memory.can(Span(0x0800_03FF, 2)) == Can.READ
    assert memory.can(Span(0x0800_0800, 1025)) == Can.NOTHING


NONSENSE = [
    "",
    "Internal Flash",
    "Internal Flash/0x08000000/4*1Kg",
    "@Internal Flash",
    "@Internal Flash/08000000/4*1Kg",
    "@Internal Flash/0x08000000/",
    "@Internal Flash/0x08000000/4*Kg",
    "@Internal Flash/0x08000000/4x1Kg",
    "@Internal Flash/0x08000000/4*1Kz",
    "@Internal Flash/0x08000000/4*1Kgg",
    "@Internal Flash/0x08000000/0*1Kg",
    "@Internal Flash/0x08000000/4*0Kg",
    "@Internal Flash/0x08000000/4*1Kg/0x08000400/1*1Kg",
    "@Internal Flash/0xFFFFFF00/4*1Kg",
    "@Internal Flash/0x1FFFFFFFFFFF/4*1Kg",
    "@Internal Flash/0x08000000/99999999*1Kg",
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_told(text: str) -> None:
    with pytest.raises(NoLayout):
        parse(text)


@given(st.text(string.printable) | st.text())
@example("@/0x0/1*1" + "0" * 5000)
def test_no_string_does_harm(text: str) -> None:
    try:
        memory = parse(text)
    except NoLayout:
        return
    assert len(memory.sectors) == sum(part.count for part in memory.parts)


parts = st.lists(
    st.tuples(
        st.integers(1, 300),
        st.integers(1, 300),
        st.sampled_from([" ", "B", "K"]),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=5,
)


@given(st.integers(0, 0x8000_0000), parts, st.integers(1, 4))
def test_what_was_spelt_is_read(
    start: int, drawn: list[tuple[int, int, str, int]], width: int
) -> None:
    spelt = ",".join(
        f"{count:0{width}}*{size:0{width}}{unit}{chr(ord('`') + can) if can else ''}"
        for count, size, unit, can in drawn
    )
    expected, at = [], start
    for count, size, unit, can in drawn:
        expected.append(Sectors(at, count, size * (KIB if unit == "K" else 1), Can(can)))
        at = expected[-1].span.end
    assert parse(f"@Some Memory  /0x{start:08X}/{spelt}") == Memory("Some Memory", tuple(expected))
