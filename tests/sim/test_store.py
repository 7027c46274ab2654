"""Boards between commands: what survives, who may have one, what damage says."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from swdflash.sim import store as store_module
from swdflash.sim.errors import (
    BadBoardName,
    BoardBusy,
    BoardDamaged,
    BoardExists,
    NoSuchBoard,
    StateUnwritable,
)
from swdflash.sim.store import RECORD, Record, Store, builtin
from swdflash.sim.wiring import Wiring

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def record(uptime_s: float = 0.5) -> Record:
    return Record(chip="STM32F103C8", wiring=Wiring(serial="0" * 24, uptime_s=uptime_s))


def test_flash_is_there_the_next_time(store: Store) -> None:
    store.create("mine", record())
    with store.open("mine") as kept:
        kept.nonvolatile.flash[0:4] = b"\1\2\3\4"
    with store.open("mine") as kept:
        assert kept.nonvolatile.flash[0:8] == b"\1\2\3\4\xff\xff\xff\xff"
        assert len(kept.nonvolatile.flash) == 64 * 1024


def test_two_boards_have_two_unique_ids(store: Store) -> None:
    ids = set()
    for name in ("one", "two"):
        store.create(name, record())
        with store.open(name) as kept:
            ids.add(kept.nonvolatile.information_block[0x7E8:0x7F4])
    assert len(ids) == 2


def test_the_size_word_may_say_less_than_there_is(store: Store) -> None:
    wiring = Wiring(serial="0" * 24)
    store.create("c8", Record(chip="STM32F103CB", size_word_kib=64, wiring=wiring))
    with store.open("c8") as kept:
        assert kept.nonvolatile.information_block[0x7E0:0x7E2] == b"\x40\x00"
        assert len(kept.nonvolatile.flash) == 128 * 1024


def test_a_builtin_board_is_made_on_first_use(store: Store) -> None:
    assert store.names() == ()
    with store.open("bluepill") as kept:
        assert kept.chip.name == "STM32F103C8"
        assert kept.record == builtin("bluepill")
    assert store.names() == ("bluepill",)


def test_unknown_and_impossible_names(store: Store) -> None:
    with pytest.raises(NoSuchBoard), store.open("nobody"):
        pass
    with pytest.raises(NoSuchBoard), store.open("../mine"):
        pass
    for name in ("", "..", "a/b", "-x", "x" * 64):
        with pytest.raises(BadBoardName):
            store.create(name, record())


def test_a_name_is_taken_once(store: Store) -> None:
    store.create("mine", record())
    with pytest.raises(BoardExists):
        store.create("mine", record())


def test_an_open_board_is_busy_for_everyone_else(store: Store) -> None:
    store.create("mine", record())
    with store.open("mine"):
        with pytest.raises(BoardBusy), store.open("mine"):
            pass
        with pytest.raises(BoardBusy):
            store.remove("mine")
        with pytest.raises(BoardBusy):
            store.change("mine", record(1.0))
    store.remove("mine")
    assert list(store.folder.iterdir()) == []


def test_rewiring_keeps_flash(store: Store) -> None:
    store.create("mine", record())
    with store.open("mine") as kept:
        kept.nonvolatile.flash[0] = 0
    store.change("mine", record(2.0))
    with store.open("mine") as kept:
        assert kept.record.wiring.uptime_s == 2.0
        assert kept.nonvolatile.flash[0] == 0


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"chip": 1}', b"\xff\xfe", b'{"chip": "STM32F103C8"}']
)
def test_a_damaged_record_is_named(store: Store, damage: bytes) -> None:
    store.create("mine", record())
    (store.folder / "mine" / RECORD).write_bytes(damage)
    with pytest.raises(BoardDamaged), store.open("mine"):
        pass
    store.remove("mine")


@pytest.mark.parametrize("size", [0, 65535, 131072])
def test_flash_of_the_wrong_size_is_named(store: Store, size: int) -> None:
    store.create("mine", record())
    os.truncate(store.folder / "mine" / "flash.bin", size)
    with pytest.raises(BoardDamaged, match=r"flash\.bin"), store.open("mine"):
        pass


def test_a_chip_that_no_longer_exists_is_damage(store: Store) -> None:
    store.create("mine", record())
    path = store.folder / "mine" / RECORD
    path.write_bytes(path.read_bytes().replace(b"STM32F103C8", b"STM32F999C8"))
    with pytest.raises(BoardDamaged), store.open("mine"):
        pass


def test_a_state_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StateUnwritable):
        Store(tmp_path / "state").create("mine", record())


def _killed_at(step: int, state: Path) -> None:
    """Save, and die at the n-th call to the operating system on the way."""
    calls = 0

    def dying(real: object) -> object:
        def call(*args: object) -> object:
            nonlocal calls
            calls += 1
            if calls > step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args)  # type: ignore[operator]

        return call

    for name in ("fsync", "open", "close"):
        setattr(os, name, dying(getattr(os, name)))
    Path.replace = dying(Path.replace)  # type: ignore[method-assign,assignment]
    Store(state).change("mine", record(2.0))


@pytest.mark.parametrize("step", range(6))
def test_a_kill_in_the_middle_of_saving_leaves_the_old_or_the_new(
    tmp_path: Path, step: int
) -> None:
    store = Store(tmp_path)
    store.create("mine", record(1.0))
    with store.open("mine") as kept:
        kept.nonvolatile.flash[0:4] = b"kept"
    child = FORK.Process(target=_killed_at, args=(step, tmp_path))
    child.start()
    child.join()
    assert child.exitcode == (-signal.SIGKILL if step < 5 else 0)
    with store.open("mine") as kept:
        assert kept.record.wiring.uptime_s in (1.0, 2.0)
        assert kept.nonvolatile.flash[0:4] == b"kept"
    store.change("mine", record(3.0))
    assert store.read("mine").wiring.uptime_s == 3.0


def _programs_and_dies(state: Path) -> None:
    with Store(state).open("mine") as kept:
        kept.nonvolatile.flash[0:6] = b"before"
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_loses_nothing_and_holds_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create("mine", record())
    child = FORK.Process(target=_programs_and_dies, args=(tmp_path,))
    child.start()
    child.join()
    with store.open("mine") as kept:
        assert kept.nonvolatile.flash[0:6] == b"before"


def test_a_kill_while_a_board_is_made_leaves_no_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "replace_file", full)
    store = Store(tmp_path)
    with pytest.raises(StateUnwritable, match="No space left"):
        store.create("mine", record())
    assert list(store.folder.iterdir()) == []
