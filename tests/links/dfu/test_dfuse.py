from __future__ import annotations

from collections.abc import Callable

import pytest

from swdflash.links.dfu.dfuse import DfuSe
from swdflash.links.dfu.errors import (
    DfuEraseFailed,
    DfuGone,
    DfuProgramFailed,
    DfuProtected,
    DfuRefused,
    DfuStalled,
)
from swdflash.links.dfu.protocol import Dfu
from swdflash.links.dfu.requests import LAST_BLOCK, Request, erase_sector, mass_erase, set_address
from swdflash.links.dfu.states import State, Status
from swdflash.links.errors import LinkError, TransferFault
from tests.fakes.dfu_device import BLOCK, ERASE_S, MASS_S, START, DfuDevice, Luck

NOWHERE = 0x4000_0000
FILL = bytes(range(256)) * 29


@pytest.fixture
def device() -> DfuDevice:
    made = DfuDevice(State.IDLE)
    made.flash[:] = FILL[: len(made.flash)]
    return made


@pytest.fixture
def dfuse(device: DfuDevice) -> DfuSe:
    return DfuSe(Dfu(device, device.pace), BLOCK)


def requests_of(device: DfuDevice) -> list[tuple[Request, int]]:
    return [(request, value) for request, value, _ in device.log]


def given(device: DfuDevice) -> list[tuple[int, bytes]]:
    """What DNLOAD brought, by block."""
    return [(value, data) for request, value, data in device.log if request is Request.DNLOAD]


def test_any_bytes_are_read(dfuse: DfuSe, device: DfuDevice) -> None:
    for start, size in ((0, 1), (3, 6), (BLOCK - 1, BLOCK + 2), (77, 1000), (0, len(FILL[:7424]))):
        assert dfuse.read(START + start, size) == bytes(device.flash[start : start + size])
    assert dfuse.read(START, 0) == b""


def test_the_pointer_is_set_once_for_blocks_that_follow(dfuse: DfuSe, device: DfuDevice) -> None:
    dfuse.read(START, 4 * BLOCK)
    dfuse.read(START + 4 * BLOCK, 2 * BLOCK)
    assert given(device) == [(0, set_address(START))]
    blocks = [value for request, value in requests_of(device) if request is Request.UPLOAD]
    assert blocks == [2, 3, 4, 5, 6, 7]


def test_a_short_block_is_never_counted_on(dfuse: DfuSe, device: DfuDevice) -> None:
    """AN3156 §4.1 can be read so that its address depends on its length."""
    dfuse.read(START, BLOCK + 5)
    assert given(device) == [(0, set_address(START)), (0, set_address(START + BLOCK))]


def test_blocks_are_written_one_after_the_other(dfuse: DfuSe, device: DfuDevice) -> None:
    dfuse.mass_erase(START, MASS_S)
    device.log.clear()
    data = [bytes([number]) * BLOCK for number in range(3)]
    for number, block in enumerate(data):
        dfuse.write(START + number * BLOCK, block)
    assert given(device) == [(0, set_address(START)), (2, data[0]), (3, data[1]), (4, data[2])]
    assert device.flash[: 3 * BLOCK] == b"".join(data)
    assert requests_of(device).count((Request.GETSTATUS, 0)) == 2 * 4


def test_block_numbers_do_not_run_over(dfuse: DfuSe, device: DfuDevice) -> None:
    dfuse.read(START, BLOCK)
    dfuse._pointer = START - (LAST_BLOCK - 2) * BLOCK  # as if it had begun there
    device.pointer = dfuse._pointer
    assert dfuse.read(START, 2 * BLOCK) == bytes(device.flash[: 2 * BLOCK])
    blocks = [value for request, value in requests_of(device) if request is Request.UPLOAD]
    assert blocks == [2, LAST_BLOCK, 2]


def test_erasing_moves_the_pointer(dfuse: DfuSe, device: DfuDevice) -> None:
    dfuse.read(START, BLOCK)
    dfuse.erase(START + 256, ERASE_S)
    assert device.flash[256:512] == b"\xff" * 256
    assert device.flash[:256] == FILL[:256]
    dfuse.read(START + BLOCK, BLOCK)
    commands = [data for block, data in given(device) if not block]
    assert commands == [
        set_address(START), erase_sector(START + 256), set_address(START + BLOCK),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.ERR_VENDOR, DfuProtected),
        (Status.ERR_ADDRESS, TransferFault),
        (Status.ERR_TARGET, DfuProgramFailed),
        (Status.ERR_WRITE, DfuProgramFailed),
        (Status.ERR_PROG, DfuProgramFailed),
        (Status.ERR_VERIFY, DfuProgramFailed),
        (Status.ERR_FILE, DfuRefused),
        (Status.ERR_UNKNOWN, DfuRefused),
        (Status.ERR_STALLEDPKT, DfuStalled),
    ],
)
def test_what_a_write_ends_in(
    dfuse: DfuSe, device: DfuDevice, status: Status, kind: type[Exception]
) -> None:
    device._write = lambda *_: status  # type: ignore[method-assign]
    with pytest.raises(kind) as caught:
        dfuse.write(START, b"four")
    assert str(status).partition(":")[0] in str(caught.value)
    assert device.state is State.IDLE, "it is ready for the next"
    assert dfuse.read(START, 4) == FILL[:4]


def test_what_an_erase_ends_in(dfuse: DfuSe, device: DfuDevice) -> None:
    with pytest.raises(TransferFault):
        dfuse.erase(NOWHERE, ERASE_S)
    for status in (Status.ERR_ERASE, Status.ERR_TARGET, Status.ERR_CHECK_ERASED):
        device._erase = lambda *_, status=status: status  # type: ignore[method-assign]
        with pytest.raises(DfuEraseFailed):
            dfuse.mass_erase(START, MASS_S)


def test_what_a_read_ends_in(dfuse: DfuSe, device: DfuDevice) -> None:
    with pytest.raises(TransferFault) as caught:
        dfuse.read(NOWHERE, 4)
    assert caught.value.address == NOWHERE
    device.protected = True
    with pytest.raises(DfuProtected):
        dfuse.read(START, 4)
    device.protected = False
    assert dfuse.read(START, 4) == FILL[:4]


def test_a_device_that_gives_less_is_asked_again(dfuse: DfuSe, device: DfuDevice) -> None:
    upload = device._upload
    short = iter([True, False])
    device._upload = lambda value, size: upload(value, size)[: 3 if next(short) else size]  # type: ignore[method-assign]
    assert dfuse.read(START, 8) == FILL[:8]
    device._upload = lambda value, size: upload(value, size)[:3]  # type: ignore[method-assign]
    with pytest.raises(DfuStalled, match="3 bytes instead of 8"):
        dfuse.read(START, 8)


@pytest.mark.parametrize("luck", [Luck.LOST, Luck.ANSWER_LOST, Luck.STALLED, Luck.SILENT])
def test_bad_luck_with_what_can_be_done_twice(luck: Luck) -> None:
    def read(dfuse: DfuSe) -> bytes:
        return dfuse.read(START + 40, 3 * BLOCK + 9)

    def erase(dfuse: DfuSe) -> None:
        dfuse.erase(START, ERASE_S)

    def mass(dfuse: DfuSe) -> None:
        dfuse.mass_erase(START, MASS_S)

    def alternate(dfuse: DfuSe) -> None:
        dfuse.select(1)

    for act in (read, erase, mass, alternate):
        wanted, transfers = with_luck(act, luck, 0)
        assert transfers
        for at in range(1, transfers + 1):
            assert with_luck(act, luck, at)[0] == wanted, f"{act.__name__}, transfer {at}"


def with_luck(act: Callable[[DfuSe], object], luck: Luck, at: int) -> tuple[object, int]:
    device = DfuDevice(State.IDLE)
    device.flash[:] = FILL[: len(device.flash)]
    device.luck = lambda transfer: luck if transfer == at else Luck.GOOD
    got = act(DfuSe(Dfu(device, device.pace), BLOCK))
    return (got, bytes(device.flash), device.alternate), device.transfers


def test_a_device_that_went_is_not_asked_again(dfuse: DfuSe, device: DfuDevice) -> None:
    device.luck = lambda transfer: Luck.UNPLUGGED if transfer == 2 else Luck.GOOD
    with pytest.raises(DfuGone):
        dfuse.read(START, 4)
    assert device.transfers == 2


def test_a_device_that_fails_for_ever_is_given_up(dfuse: DfuSe, device: DfuDevice) -> None:
    device.luck = lambda transfer: Luck.LOST if transfer > 3 else Luck.GOOD
    with pytest.raises(LinkError):
        dfuse.read(START, 4)
    assert device.transfers < 500
    assert device.clock < 60


@pytest.mark.parametrize("leaves_at", [Request.GETSTATUS, Request.DNLOAD])
def test_leaving(dfuse: DfuSe, device: DfuDevice, leaves_at: Request) -> None:
    """GigaDevice's leave before GETSTATUS (dfu-util, quirks.c)."""
    device.leaves_at = leaves_at
    dfuse.leave(START + 256)
    assert device.left_for == START + 256


@pytest.mark.parametrize("luck", [Luck.LOST, Luck.ANSWER_LOST, Luck.STALLED, Luck.SILENT])
def test_leaving_with_bad_luck(luck: Luck) -> None:
    for at in range(1, 8):
        device = DfuDevice(State.IDLE)
        device.luck = lambda transfer, at=at: luck if transfer == at else Luck.GOOD  # type: ignore[misc]
        DfuSe(Dfu(device, device.pace), BLOCK).leave(START)
        assert device.left_for == START


def test_a_device_that_stays_is_told(dfuse: DfuSe, device: DfuDevice) -> None:
    with pytest.raises(TransferFault):
        dfuse.leave(NOWHERE)
    download = device._download
    device._download = lambda value, data: download(value, data) if data else None  # type: ignore[method-assign]
    with pytest.raises(DfuRefused, match="stays in"):
        dfuse.leave(START)


def test_unprotect_is_one_command(dfuse: DfuSe, device: DfuDevice) -> None:
    device.protected = True
    dfuse.begin_unprotect()
    assert given(device) == [(0, b"\x92")]
    assert mass_erase() not in [data for _, data in given(device)]
