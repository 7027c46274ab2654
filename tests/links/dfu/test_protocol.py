from __future__ import annotations

from collections.abc import Callable

import pytest

from swdflash.links.dfu.errors import (
    DfuGone,
    DfuNonsense,
    DfuSilent,
    DfuStaysBusy,
    DfuStuck,
    TransferFailed,
)
from swdflash.links.dfu.protocol import OTHERS_LIMIT_S, PATIENCE_S, Dfu
from swdflash.links.dfu.requests import Command, Request, erase_sector, mass_erase, set_address
from swdflash.links.dfu.states import State, Status
from tests.fakes.dfu_device import ERASE_S, MASS_S, START, TRANSFER_S, DfuDevice, Luck

HOURS_MS = 0xFF_FFFF  # bwPollTimeout has 24 bits


def pair(device: DfuDevice | None = None) -> tuple[DfuDevice, Dfu]:
    device = device or DfuDevice(State.IDLE)
    return device, Dfu(device, device.pace)


def after(*given: tuple[Request, bytes]) -> Callable[[DfuDevice], None]:
    """Leave a device as a host does that ends after these requests."""

    def leave(device: DfuDevice) -> None:
        for request, data in given:
            size = 64 if request is Request.UPLOAD else 6
            if request in (Request.GETSTATUS, Request.UPLOAD):
                device.receive(request, 2 if request is Request.UPLOAD else 0, size)
            else:
                device.send(request, 0, data)

    return leave


def in_state(state: State) -> Callable[[DfuDevice], None]:
    def leave(device: DfuDevice) -> None:
        device.state = state

    return leave


POINT = (Request.DNLOAD, set_address(START))
ASKED = (Request.GETSTATUS, b"")
LEFT = {
    "idle": after(),
    "after a reset": in_state(State.ERROR),
    "a command given": after(POINT),
    "a command begun": after(POINT, ASKED),
    "a command done": after(POINT, ASKED, ASKED),
    "an erase begun": after((Request.DNLOAD, erase_sector(START)), ASKED),
    "a mass erase begun": after((Request.DNLOAD, mass_erase()), ASKED),
    "reading": after((Request.UPLOAD, b"")),
    "leaving": after((Request.DNLOAD, b"")),
    "confused": after((Request.CLRSTATUS, b"")),
    "waiting for a reset": in_state(State.MANIFEST_WAIT_RESET),
    "manifesting for ever": in_state(State.MANIFEST),
}


@pytest.mark.parametrize("blocks", [True, False], ids=["silent when busy", "answers when busy"])
@pytest.mark.parametrize("left", LEFT)
def test_any_state_leads_to_idle(left: str, blocks: bool) -> None:
    device, dfu = pair()
    device.blocks_while_busy = blocks
    LEFT[left](device)
    dfu.make_idle()
    assert device.state is dfu.state is State.IDLE
    assert device.resets == (left in ("waiting for a reset", "manifesting for ever"))


def test_what_was_given_but_not_begun_is_dropped() -> None:
    device, dfu = pair()
    device.flash[:] = bytes(len(device.flash))
    after((Request.DNLOAD, mass_erase()))(device)
    dfu.make_idle()
    assert device.flash == bytes(len(device.flash))


def test_a_device_that_stays_stuck_is_told() -> None:
    device, dfu = pair()
    device.state = State.APP_IDLE
    device.reset = lambda: None  # type: ignore[method-assign]
    with pytest.raises(DfuStuck, match="appIDLE"):
        dfu.make_idle()


def test_a_device_that_never_answers_is_given_up() -> None:
    device, dfu = pair()
    device.luck = lambda _transfer: Luck.SILENT
    with pytest.raises(DfuSilent) as caught:
        dfu.make_idle()
    assert not caught.value.passing
    assert device.resets == 1
    assert device.clock < OTHERS_LIMIT_S + 5 * PATIENCE_S


def test_a_device_that_went_is_not_reset() -> None:
    device, dfu = pair(DfuDevice())
    device.gone = True
    with pytest.raises(DfuGone):
        dfu.make_idle()
    assert device.resets == 0


def test_bad_luck_on_the_way_to_idle() -> None:
    for luck in (Luck.LOST, Luck.ANSWER_LOST, Luck.STALLED, Luck.SILENT):
        for transfer in range(1, 6):
            device, dfu = pair(DfuDevice())
            device.luck = lambda now, at=transfer, luck=luck: luck if now == at else Luck.GOOD  # type: ignore[misc]
            dfu.make_idle()
            assert device.state is State.IDLE
            assert device.resets == 0


def test_one_question_is_enough_where_the_device_says_how_long_it_takes() -> None:
    device, dfu = pair()
    device.blocks_while_busy = False
    device.poll_ms = lambda _command: round(ERASE_S * 1000)
    dfu.download(0, erase_sector(START))
    assert dfu.settle("to erase", ERASE_S).state is State.DNLOAD_IDLE
    assert [request for request, *_ in device.log].count(Request.GETSTATUS) == 2
    assert device.clock == pytest.approx(ERASE_S + 4 * TRANSFER_S, rel=0.1)


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("poll_ms", [0, 1, HOURS_MS])
def test_poll_timeouts_that_lie(poll_ms: int, blocks: bool) -> None:
    """A device that asks for no pause is not pressed; one that asks for hours does not get them."""
    device, dfu = pair()
    device.blocks_while_busy = blocks
    device.poll_ms = lambda _command: poll_ms
    dfu.download(0, mass_erase())
    assert dfu.settle("to erase", 2 * MASS_S).state is State.DNLOAD_IDLE
    assert device.clock < 3 * MASS_S
    assert device.transfers < 120


def test_a_pause_of_its_own_before_the_first_question() -> None:
    """STM32F405: bwPollTimeout of a mass erase is 100 ms, whatever it takes."""
    device, dfu = pair()
    device.poll_ms = lambda command: 1 if command is Command.ERASE else 0
    dfu.download(0, mass_erase())
    dfu.settle("to erase", 2 * MASS_S, first_s=MASS_S)
    assert device.transfers == 4


def test_a_device_that_is_busy_for_ever_is_given_up() -> None:
    device, dfu = pair()
    dfu.download(0, mass_erase())
    device.receive = lambda *_: bytes([0, 1, 0, 0, State.DNBUSY, 0])  # type: ignore[method-assign]
    with pytest.raises(DfuStaysBusy, match="to erase") as caught:
        dfu.settle("to erase", 0.5)
    assert caught.value.seconds == pytest.approx(0.5 + PATIENCE_S, rel=0.1)


def test_questions_that_are_stalled_while_it_is_busy() -> None:
    """Some STM32L4 stall GETSTATUS when they are asked too early (dfu-util, dfuse.c)."""
    device, dfu = pair()
    device.luck = lambda transfer: Luck.STALLED if 2 < transfer < 6 else Luck.GOOD
    dfu.download(0, set_address(START))
    assert dfu.settle("to go there", 0.1).state is State.DNLOAD_IDLE


def test_an_error_ends_the_wait() -> None:
    device, dfu = pair()
    device.protected = True
    dfu.download(0, mass_erase())
    report = dfu.settle("to erase", MASS_S)
    assert (report.state, report.status) == (State.ERROR, Status.ERR_VENDOR)


def test_answers_that_make_no_sense() -> None:
    device, dfu = pair()
    for answer in (b"", bytes(5), bytes([99] * 6)):
        device.receive = lambda *_, answer=answer: answer  # type: ignore[method-assign]
        with pytest.raises(DfuNonsense):
            dfu.status()
        assert dfu.state is None
    with pytest.raises(TransferFailed):
        dfu.look()
