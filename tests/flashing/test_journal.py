"""The journal as a file: what is read back, what damage does, and who may not use one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.flashing.errors import JournalNotWritten
from swdflash.flashing.journal import Damaged, Journal, journal_dir, usable_uid
from swdflash.flashing.plan import KeptSector
from swdflash.memory import Span

UID = bytes(range(12))


@st.composite
def kept_sector(draw: st.DrawFn, start: int) -> KeptSector:
    old = draw(st.binary(min_size=64, max_size=64))
    final = draw(st.binary(min_size=64, max_size=64))
    bytes_kept = sorted(draw(st.sets(st.integers(start, start + 63), max_size=4)))
    return KeptSector(Span(start, 64), old, final, tuple(Span(at, 1) for at in bytes_kept))


@st.composite
def some_kept(draw: st.DrawFn) -> list[KeptSector]:
    starts = draw(st.sets(st.integers(0, 63).map((64).__mul__), min_size=1, max_size=3))
    return [draw(kept_sector(start)) for start in sorted(starts)]


@given(some_kept())
def test_what_is_saved_is_loaded(kept: list[KeptSector]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Journal(Path(folder), UID).save(kept)
        assert Journal(Path(folder), UID).load() == tuple(kept)
        assert Journal(Path(folder), UID[::-1]).load() == ()
        Journal(Path(folder), UID).save(())
        assert not list(Path(folder).iterdir())


@given(some_kept(), st.data())
def test_any_damage_is_noticed_and_is_no_crash(kept: list[KeptSector], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), UID)
        journal.save(kept)
        content = bytearray(journal.path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 2))
        if data.draw(st.booleans()):
            del content[at:]
        else:
            content[at] ^= data.draw(st.integers(1, 255))
        journal.path.write_bytes(content)
        assert isinstance(journal.load(), Damaged)


@given(st.binary(max_size=300))
def test_noise_is_no_journal(noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), UID)
        journal.path.write_bytes(noise)
        assert isinstance(journal.load(), Damaged)


@pytest.mark.parametrize(
    "kept",
    [
        [KeptSector(Span(0, 2), b"ab", b"abc", ())],
        [KeptSector(Span(0, 2), b"ab", b"ab", (Span(1, 2),))],
        [KeptSector(Span(0, 2), b"ab", b"ab", (Span(1, 0),))],
        [KeptSector(Span(0, 2), b"ab", b"ab", (Span(0, 2), Span(1, 1)))],
        [KeptSector(Span(0, 2), b"ab", b"ab", ()), KeptSector(Span(1, 2), b"ab", b"ab", ())],
    ],
)
def test_nonsense_with_a_right_checksum_is_damage(tmp_path: Path, kept: list[KeptSector]) -> None:
    journal = Journal(tmp_path, UID)
    journal.save(kept)
    assert isinstance(journal.load(), Damaged)


def test_another_chips_journal_under_this_ones_name_is_damage(tmp_path: Path) -> None:
    other = Journal(tmp_path, UID[::-1])
    other.save([KeptSector(Span(0, 2), b"ab", b"ab", (Span(0, 1),))])
    other.path.rename(Journal(tmp_path, UID).path)
    assert isinstance(Journal(tmp_path, UID).load(), Damaged)


def test_setting_aside_leaves_it_in_place_and_is_the_same_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path, UID)
    journal.save([KeptSector(Span(0, 2), b"ab", b"ab", (Span(0, 1),))])
    first, second = journal.set_aside(), journal.set_aside()
    assert first == second
    assert first.read_bytes() == journal.path.read_bytes()


def test_a_place_that_cannot_be_written_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalNotWritten) as refused:
        Journal(tmp_path / "file", UID).save([KeptSector(Span(0, 2), b"a\0", b"ab", (Span(0, 1),))])
    assert refused.value.size == 1
    assert "nothing was erased" in str(refused.value)


def test_chips_without_an_id_of_their_own() -> None:
    assert usable_uid(UID)
    assert not any(map(usable_uid, (b"", bytes(12), b"\xff" * 12)))


def test_it_lives_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    assert journal_dir() == tmp_path / "journals"
    monkeypatch.delenv("SWDFLASH_STATE_DIR")
    assert journal_dir().parent.name == "swdflash"
