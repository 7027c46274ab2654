from __future__ import annotations

import pytest

from swdflash.chips.data import chip_named
from swdflash.links.errors import LinkLost
from swdflash.target.dbgmcu import change_dbgmcu, fields_named, read_dbgmcu
from swdflash.target.errors import DbgmcuNotTaken, UnknownDbgmcuBit
from swdflash.target.presence import OnConnect, Presence
from tests.fakes.debug_link import FakeDebugLink, link_to

C8 = chip_named("STM32F103C8")
CR = 0xE004_2004
WHILE_CONNECTED = 0x307  # DBG_SLEEP, DBG_STOP, DBG_STANDBY; DBG_IWDG_STOP, DBG_WWDG_STOP


@pytest.fixture
def link() -> FakeDebugLink:
    return link_to(C8)


def presence(link: FakeDebugLink, policy: OnConnect, *, stopped: bool = False) -> Presence:
    begun = Presence(link, C8, policy, stopped_core=stopped)
    begun.begin()
    return begun


def test_bits_are_changed_by_name_and_the_others_stay(link: FakeDebugLink) -> None:
    link.words[CR] = 0x1 | 1 << 10
    change_dbgmcu(link, C8, fields_named(C8, ["DBG_STOP", "watchdogs"], content=1))
    assert link.words[CR] == 0x1 | 0x2 | 0x300 | 1 << 10
    change_dbgmcu(link, C8, fields_named(C8, ["dbg_sleep", "DBG_TIM1_STOP"], content=0))
    assert link.words[CR] == 0x302


def test_a_field_of_two_bits_takes_a_number(link: FakeDebugLink) -> None:
    change_dbgmcu(link, C8, fields_named(C8, ["TRACE_IOEN", "TRACE_MODE=2"], content=1))
    assert link.words[CR] == 0x20 | 2 << 6
    change_dbgmcu(link, C8, fields_named(C8, ["trace"], content=0))
    assert link.words[CR] == 0


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("DBG_STOPP", "DBG_STOP"),
        ("watchdog", "watchdogs"),
        ("TRACE_MODE=4", "0 to 3"),
        ("DBG_STOP=x", "0 to 1"),
        ("FOO", "nothing"),
    ],
)
def test_an_unknown_bit_is_told_with_the_ones_that_exist(word: str, says: str) -> None:
    with pytest.raises(UnknownDbgmcuBit, match=says):
        fields_named(C8, [word], content=1)


def test_a_bit_that_does_not_stay_is_an_error(
    link: FakeDebugLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    link.words[CR] = 0x1
    monkeypatch.setattr(link, "write32", lambda address, value: None)
    with pytest.raises(DbgmcuNotTaken, match="DBG_STOP"):
        change_dbgmcu(link, C8, {"DBG_STOP": 1, "DBG_SLEEP": 1})


def test_in_reset_nothing_is_left_for_later(
    link: FakeDebugLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[bool] = []

    def drive_nrst(low: bool) -> None:
        levels.append(low)
        if not low:
            link.words[CR] |= 1 << 31  # from here on firmware may do what it likes

    monkeypatch.setattr(link, "drive_nrst", drive_nrst)
    here = presence(link, OnConnect.RESTORE)
    before, after, _ = here.change_in_reset({"DBG_STOP": 1})
    assert levels == [True, False]
    assert (before.value, after.value) == (0, 0x2)
    assert link.words[CR] == 0x2 | 1 << 31
    here.leave()
    assert link.words[CR] == 0x2 | 1 << 31


def test_nrst_is_let_go_even_when_the_change_fails(
    link: FakeDebugLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[bool] = []

    def drive_nrst(low: bool) -> None:
        levels.append(low)

    monkeypatch.setattr(link, "drive_nrst", drive_nrst)
    monkeypatch.setattr(link, "write32", lambda *_: None)
    with pytest.raises(DbgmcuNotTaken):
        Presence(link, C8).change_in_reset({"DBG_STOP": 1})
    assert levels == [True, False]


@pytest.mark.parametrize(("found", "content"), [(0x0, 1), (0x2, 1), (0x2, 0), (0x307, 0)])
@pytest.mark.parametrize("policy", [OnConnect.RESTORE, OnConnect.KEEP])
def test_what_a_user_changes_stays_and_what_connecting_sets_does_not(
    link: FakeDebugLink, policy: OnConnect, found: int, content: int
) -> None:
    link.words[CR] = found
    here = presence(link, policy)
    before, after = here.change({"DBG_STOP": content})
    here.leave()
    assert before.value == found
    assert link.words[CR] == after.value == found & ~0x2 | 0x2 * content


@pytest.mark.parametrize(
    ("policy", "found", "meanwhile", "after"),
    [
        (OnConnect.RESTORE, 0x0, 0x307, 0x0),
        (OnConnect.RESTORE, 0x101, 0x307, 0x101),
        (OnConnect.RESTORE, 0x420, 0x727, 0x420),
        (OnConnect.DEBUG, 0x1, 0x307, 0x307),
        (OnConnect.KEEP, 0x1, 0x1, 0x1),
    ],
)
def test_what_connecting_sets_is_what_leaving_undoes(
    link: FakeDebugLink, policy: OnConnect, found: int, meanwhile: int, after: int
) -> None:
    link.words[CR] = found
    here = presence(link, policy)
    assert link.words[CR] == meanwhile
    here.leave()
    assert link.words[CR] == after


def test_what_was_found_is_remembered(link: FakeDebugLink) -> None:
    link.words[CR] = 0x2
    here = presence(link, OnConnect.RESTORE)
    assert here.found is not None
    assert here.found.set_bits == ("DBG_STOP",)
    assert read_dbgmcu(link, C8).value == WHILE_CONNECTED


def test_bits_that_others_set_meanwhile_stay(link: FakeDebugLink) -> None:
    here = presence(link, OnConnect.RESTORE)
    link.words[CR] |= 1 << 10
    here.leave()
    assert link.words[CR] == 1 << 10


def test_whoever_is_told_to_keep_still_freezes_watchdogs_for_a_write(link: FakeDebugLink) -> None:
    here = presence(link, OnConnect.KEEP)
    here.freeze_watchdogs()
    assert link.words[CR] == 0x300
    here.leave()
    assert link.words[CR] == 0


def test_after_it_is_handed_over_nothing_more_is_done(link: FakeDebugLink) -> None:
    link.halt()
    here = presence(link, OnConnect.RESTORE, stopped=True)
    here.hand_over()
    assert link.words[CR] == 0
    link.words[CR] = WHILE_CONNECTED  # by firmware, say
    here.leave()
    assert link.words[CR] == WHILE_CONNECTED
    assert link.is_halted()


def test_a_core_that_was_stopped_on_the_way_in_runs_again(link: FakeDebugLink) -> None:
    link.halt()
    presence(link, OnConnect.RESTORE, stopped=True).leave()
    assert not link.is_halted()


def test_a_link_that_is_lost_leaves_a_note_and_no_second_error(
    link: FakeDebugLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> int:
        raise LinkLost("unplugged")

    here = presence(link, OnConnect.RESTORE)
    monkeypatch.setattr(link, "read32", lost)
    error = LinkLost("unplugged")
    here.leave(error)
    (note,) = error.__notes__
    assert "was 0x00000000" in note
    assert "0x00000307" in note


def test_an_error_tells_that_the_core_is_halted(link: FakeDebugLink) -> None:
    here = presence(link, OnConnect.RESTORE)
    link.halt()
    error = KeyboardInterrupt()
    here.leave(error)
    assert error.__notes__ == ["the core is halted"]


def test_an_interruption_while_connecting_leaves_nothing(
    link: FakeDebugLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    write32 = link.write32

    def interrupted(address: int, value: int) -> None:
        write32(address, value)
        monkeypatch.setattr(link, "write32", write32)
        raise KeyboardInterrupt

    monkeypatch.setattr(link, "write32", interrupted)
    with pytest.raises(KeyboardInterrupt):
        presence(link, OnConnect.RESTORE)
    assert link.words[CR] == 0
