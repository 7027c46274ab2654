from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swdflash.links.steps import Program
from swdflash.links.uart.blocks import Block, blocks
from swdflash.memory import Span

START = 0x0800_0000


def one(address: int, data: bytes) -> Block:
    return next(blocks([Program(address, data)], 4))


def test_it_begins_and_ends_on_units_of_the_rom() -> None:
    block = one(START + 6, b"abcd")
    assert block.span == Span(START + 4, 8)
    assert block.over(b"\x00\x01\x02\x03\x04\x05\x06\x07") == b"\x00\x01abcd\x06\x07"
    assert block.size == 4


def test_none_crosses_256_bytes() -> None:
    spans = [block.span for block in blocks([Program(START + 8, bytes(600))], 4)]
    assert spans == [Span(START + 8, 248), Span(START + 256, 256), Span(START + 512, 96)]


def test_what_is_near_goes_together_and_what_is_far_does_not() -> None:
    steps = [Program(START, b"ab"), Program(START + 10, b"cd"), Program(START + 100, b"ef")]
    assert [block.span for block in blocks(steps, 4)] == [
        Span(START, 12),
        Span(START + 100, 4),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.binary(min_size=2, max_size=600)), max_size=8),
    st.sampled_from([4, 8, 16]),
)
def test_every_byte_is_written_once_where_it_belongs(
    pieces: list[tuple[int, bytes]], align: int
) -> None:
    steps, at = [], START
    for gap, data in pieces:
        at += 2 * gap
        steps.append(Program(at, data))
        at += len(data)
    memory = dict.fromkeys(range(START, at + 16), 0xFF)
    for block in blocks(steps, align):
        assert block.span.start % align == block.span.size % align == 0
        assert block.span.start // 256 == (block.span.end - 1) // 256
        held = bytes(memory[address] for address in range(block.span.start, block.span.end))
        memory.update(zip(range(block.span.start, block.span.end), block.over(held), strict=True))
    wanted = dict.fromkeys(memory, 0xFF)
    for step in steps:
        wanted.update(zip(range(step.address, step.span.end), step.data, strict=True))
    assert memory == wanted
    assert sum(block.size for block in blocks(steps, align)) == sum(len(s.data) for s in steps)
