from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swdflash.links.dfu.pieces import Piece, aligned, differing, joined, over
from swdflash.memory import Span

spans = st.builds(Span, st.integers(0, 300), st.integers(1, 60))


def test_a_piece_within_a_span() -> None:
    piece = Piece(100, b"abcdef")
    assert piece.within(Span(102, 2)) == Piece(102, b"cd")
    assert piece.within(Span(0, 103)) == Piece(100, b"abc")
    assert piece.within(Span(106, 4)) is None


@given(spans, st.integers(1, 16))
def test_aligned_is_the_smallest_span_of_whole_units(span: Span, unit: int) -> None:
    around = aligned(span, unit)
    assert around.covers(span)
    assert around.start % unit == around.size % unit == 0
    assert around.size < span.size + 2 * unit


def test_pieces_are_joined_where_no_unit_is_between() -> None:
    pieces = [Piece(0, b"123456"), Piece(6, b"12"), Piece(10, b"12"), Piece(16, b"1234")]
    assert [[each.address for each in group] for group in joined(pieces, 4)] == [[0, 6, 10], [16]]
    assert [[each.address for each in group] for group in joined(pieces, 2)] == [[0, 6], [10], [16]]


def test_what_comes_again_is_not_joined() -> None:
    again = [Piece(0, b"1234"), Piece(2, b"12")]
    assert [len(group) for group in joined(again, 4)] == [1, 1]


def test_pieces_over_a_background() -> None:
    whole = over(Piece(8, b"........"), [Piece(6, b"abc"), Piece(12, b"xy"), Piece(13, b"z")])
    assert whole == Piece(8, b"c...xz..")


def test_what_is_missing_is_what_is_blank() -> None:
    wanted = Piece(0x100, b"aaaabbbbccccdddd")
    blank = b"\xff" * 4
    assert differing(wanted.data, wanted, 4, 0xFF) == ([], None)
    held = b"aaaa" + blank + blank + b"dddd"
    assert differing(held, wanted, 4, 0xFF) == ([Piece(0x104, b"bbbbcccc")], None)
    assert differing(b"aaaa" + blank + b"cccc" + blank, wanted, 4, 0xFF) == (
        [Piece(0x104, b"bbbb"), Piece(0x10C, b"dddd")],
        None,
    )
    assert differing(b"aaaa" + blank + b"c\xffcc" + blank, wanted, 4, 0xFF) == ([], 0x108)
