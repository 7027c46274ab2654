from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swdflash.cli.watch import changes


class Enough(Exception):
    pass


def polls_until_change(file: Path, *acts: Callable[[], object]) -> int | None:
    """How many polls it took until a change was told; `acts` happen, one a poll."""
    todo: Iterator[Callable[[], object]] = iter(acts)
    polls = 0

    def sleep(_seconds: float) -> None:
        nonlocal polls
        polls += 1
        act = next(todo, None)
        if act is None:
            raise Enough
        act()

    try:
        next(changes([file], sleep))
    except Enough:
        return None
    return polls


def rest() -> None:
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "firmware.elf"
    file.write_bytes(b"one")
    return file


def test_nothing_happens_while_nothing_changes(file: Path) -> None:
    assert polls_until_change(file, rest, rest, rest) is None


def test_a_change_is_told_once_it_has_rested(file: Path) -> None:
    grow = lambda: file.write_bytes(file.read_bytes() + b"more")  # noqa: E731
    assert polls_until_change(file, rest, grow, rest) == 3
    assert polls_until_change(file, grow, grow, grow, rest) == 4


def test_a_file_that_is_gone_or_empty_is_waited_for(file: Path) -> None:
    acts = (file.unlink, rest, rest, file.touch, rest, lambda: file.write_bytes(b"two!"), rest)
    assert polls_until_change(file, *acts) == len(acts)
