"""ST's DfuSe 1.1a, as the ROM speaks it: USB DFU 1.1 with commands in block 0 (AN3156).

States and stalls are those of DFU 1.1 §A.2. Where ST's ROMs are known to differ, a comment says by
what: ST's middleware (usbd_dfu.c of STM32 USB Device Library) is of the ROMs' descent.
"""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.chip.rom.dfu_commands import Commands, Work
from swdflash.sim.chip.rom.dfu_protocol import (
    FIRST_DATA_BLOCK,
    TRANSFER_BYTES,
    Request,
    Stall,
    State,
    Status,
)

MANIFEST_POLL_MS = 1  # usbd_dfu.c, DFU_GetStatus
NO_WORK = 0
CAN_ABORT = {  # usbd_dfu.c, DFU_Abort; DFU 1.1 has it in the idle states only
    State.IDLE,
    State.DNLOAD_SYNC,
    State.DNLOAD_IDLE,
    State.MANIFEST_SYNC,
    State.UPLOAD_IDLE,
}


class DfuSe:
    """One run of the ROM's DFU device.

    It begins in dfuERROR with errFIRMWARE: that is what ST's ROMs are found in after a reset
    (dfu-util's logs of F303, F401, F405, F407, F072 and F767: "state = dfuERROR, status = 10").
    """

    def __init__(self, commands: Commands, *, state: State = State.ERROR) -> None:
        self.state = state
        self.status = Status.ERR_FIRMWARE if state is State.ERROR else Status.OK
        self._commands = commands
        self._block: tuple[int, bytes] | None = None  # received, not yet looked at
        self._work: Work | None = None  # begins once the host has the status
        self._handlers: dict[Request, Callable[[int, int, bytes], bytes]] = {
            Request.DNLOAD: self._download,
            Request.UPLOAD: self._upload,
            Request.GETSTATUS: lambda _value, _length, _data: self._get_status(),
            Request.CLRSTATUS: lambda _value, _length, _data: self._clear_status(),
            Request.GETSTATE: lambda _value, _length, _data: bytes((self.state,)),
            Request.ABORT: lambda _value, _length, _data: self._abort(),
        }

    def request(self, request: int, value: int, length: int, data: bytes) -> bytes:
        """One class request; the answer's data stage. Raises `Stall`."""
        try:
            handler = self._handlers[Request(request)]
        except (KeyError, ValueError):
            raise self._stalled() from None
        return handler(value, length, data)[:length]

    @property
    def has_work(self) -> bool:
        """Whether `go_on` has something to do."""
        return self._work is not None

    def go_on(self) -> None:
        """What GETSTATUS has announced, once its answer is with the host.

        Nobody is answered meanwhile: the flash stalls the core (fwupd issue 2696: a GETSTATUS that
        comes too early takes as long as the erase).
        """
        if self._work is not None:
            work, self._work = self._work, None
            self._done(work())

    def _download(self, value: int, length: int, data: bytes) -> bytes:
        if self.state not in (State.IDLE, State.DNLOAD_IDLE):
            raise self._stalled()
        if not length:  # in both states: AN3156 §5.5
            self.state = State.MANIFEST_SYNC
        elif 0 < value < FIRST_DATA_BLOCK or length > TRANSFER_BYTES:
            raise self._stalled()
        else:
            self._block = (value, data)
            self.state = State.DNLOAD_SYNC
        return b""

    def _upload(self, value: int, length: int, data: bytes) -> bytes:
        if self.state not in (State.IDLE, State.UPLOAD_IDLE):
            raise self._stalled()
        if not length:  # usbd_dfu.c, DFU_Upload
            self.state = State.IDLE
            return b""
        if not value:
            offered = bytes(self._commands.offered)
            self.state = State.IDLE if length >= len(offered) else State.UPLOAD_IDLE
            return offered
        if value < FIRST_DATA_BLOCK or length > TRANSFER_BYTES:
            raise self._stalled()
        answer = self._commands.read(value, length)
        if isinstance(answer, Status):
            raise self._stalled(answer)
        self.state = State.UPLOAD_IDLE
        return answer

    def _get_status(self) -> bytes:
        poll = NO_WORK
        if self.state is State.DNLOAD_SYNC:
            poll = self._begin_block()
        elif self.state is State.MANIFEST_SYNC:
            self.state, poll = State.MANIFEST, MANIFEST_POLL_MS
            self._work = self._commands.leave
        return bytes((self.status, *poll.to_bytes(3, "little"), self.state, 0))

    def _begin_block(self) -> int:
        """Errors show at the second GETSTATUS, after dfuDNBUSY (AN2662 figure 56)."""
        if self._block is None:
            self.state = State.DNLOAD_IDLE
            return NO_WORK
        block, self._block = self._block, None
        decoded = self._commands.decode(*block)
        if decoded is None:  # AN2662 figure 55
            self.state, self.status = State.ERROR, Status.ERR_STALLEDPKT
            return NO_WORK
        poll, self._work = decoded
        self.state = State.DNBUSY
        return poll

    def _done(self, status: Status) -> None:
        if status is not Status.OK:
            self.state, self.status = State.ERROR, status
        elif self.state is State.DNBUSY:
            self.state = State.DNLOAD_SYNC

    def _clear_status(self) -> bytes:
        """Outside dfuERROR it makes an error, without a stall.

        So does usbd_dfu.c (DFU_ClearStatus), and an STM32H743 (betaflight-configurator pull
        request 1861).
        """
        if self.state is State.ERROR:
            self.state, self.status = State.IDLE, Status.OK
        else:
            self.state, self.status = State.ERROR, Status.ERR_UNKNOWN
        return b""

    def _abort(self) -> bytes:
        if self.state not in CAN_ABORT:
            raise self._stalled()
        self.state, self._block = State.IDLE, None
        return b""

    def _stalled(self, status: Status = Status.ERR_STALLEDPKT) -> Stall:
        """A request that has no place in this state ends in dfuERROR (DFU 1.1 §A.2)."""
        if self.state is not State.ERROR:
            self.state, self.status = State.ERROR, status
        return Stall()
