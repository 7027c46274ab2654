"""The debug port: SW-DP registers, sticky errors and the way to the APs (IHI 0031 §B2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum, IntFlag
from typing import Protocol

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.bus import BusFault


class Register(IntEnum):
    """Addresses of the DP's registers; some have one meaning read and one written."""

    DPIDR = 0x0
    ABORT = 0x0
    CTRL_STAT = 0x4
    RESEND = 0x8
    SELECT = 0x8
    RDBUFF = 0xC


class Abort(IntFlag):
    """ABORT (IHI 0031 §B2.2.1)."""

    DAPABORT = 1 << 0
    STKCMPCLR = 1 << 1
    STKERRCLR = 1 << 2
    WDERRCLR = 1 << 3
    ORUNERRCLR = 1 << 4


class CtrlStat(IntFlag):
    """CTRL/STAT (IHI 0031 §B2.2.2)."""

    ORUNDETECT = 1 << 0
    STICKYORUN = 1 << 1
    STICKYCMP = 1 << 4
    STICKYERR = 1 << 5
    READOK = 1 << 6
    WDATAERR = 1 << 7
    CDBGPWRUPREQ = 1 << 28
    CDBGPWRUPACK = 1 << 29
    CSYSPWRUPREQ = 1 << 30
    CSYSPWRUPACK = 1 << 31


STICKY = int(CtrlStat.STICKYORUN | CtrlStat.STICKYCMP | CtrlStat.STICKYERR | CtrlStat.WDATAERR)
STICKYERR, READOK = int(CtrlStat.STICKYERR), int(CtrlStat.READOK)
DEBUG_POWER = int(CtrlStat.CDBGPWRUPACK)
WRITABLE = 0x543F_FF0D  # power-up and reset requests, TRNCNT, MASKLANE, TRNMODE, ORUNDETECT
DLCR_RESET = 0x0000_0040  # DPBANKSEL 1: one turnaround clock (IHI 0031 §B2.2.4)
CLEARED_BY = {
    Abort.STKCMPCLR: CtrlStat.STICKYCMP,
    Abort.STKERRCLR: CtrlStat.STICKYERR,
    Abort.WDERRCLR: CtrlStat.WDATAERR,
    Abort.ORUNERRCLR: CtrlStat.STICKYORUN,
}


class AccessPort(Protocol):
    """What stands behind an APSEL."""

    def read(self, register: int) -> int:
        """One register, by its offset."""
        ...

    def write(self, register: int, value: int) -> None:
        """One register, by its offset."""
        ...


class DebugPort:
    """SW-DP of a Cortex-M3. Raises `SwdError` where it does not acknowledge with OK.

    AP reads are posted: each returns the result of the one before, RDBUFF that of the last.
    `when_clocked` does an action now or, while the APs have no clock, later: until then all but
    DPIDR, CTRL/STAT and ABORT is answered WAIT (IHI 0031 §B4.2.3).
    """

    def __init__(
        self,
        dpidr: int,
        aps: Mapping[int, AccessPort],
        when_clocked: Callable[[Callable[[], None]], None] = lambda action: action(),
    ) -> None:
        self._dpidr = dpidr
        self._aps = aps
        self._when_clocked = when_clocked
        self._outstanding: Callable[[], None] | None = None  # an AP transaction that has not ended
        self._select = 0
        self._ctrl_stat = 0  # plain: every word on the wire looks here
        self._posted = 0

    def read(self, address: int) -> int:
        """Read a DP register: DPIDR, CTRL/STAT, RESEND or RDBUFF."""
        match address:
            case Register.DPIDR:
                return self._dpidr
            case Register.CTRL_STAT:
                return self._ctrl_stat if self._select & 0xF == 0 else DLCR_RESET
            case Register.RDBUFF:
                self._refuse_if_sticky()
        return self._posted

    def write(self, address: int, value: int) -> None:
        """Write a DP register: ABORT, CTRL/STAT or SELECT."""
        if address == Register.ABORT:
            self._abort(value)
            return
        self._refuse_if_sticky()
        if address == Register.CTRL_STAT:
            self._request_power(value)
        elif address == Register.SELECT:
            self._select = value

    def read_ap(self, address: int) -> int:
        """Start a read of A[3:2] in the selected AP and bank; returns the one before."""
        register = self._ap_register(address)
        before = self._posted
        self._start(lambda: self._read_now(register))
        return before

    def write_ap(self, address: int, value: int) -> None:
        """Write A[3:2] in the selected AP and bank; a bus fault shows in the next transaction."""
        register = self._ap_register(address)
        self._start(lambda: self._write_now(register, value))

    def accept_write(self, address: int, *, ap: bool) -> None:
        """What is acknowledged before the data of a write have come."""
        if ap:
            self._ap_register(address)
        elif address != Register.ABORT:
            self._refuse_if_sticky()

    def note_write_data_error(self) -> None:
        """The data of a write came with a wrong parity bit (IHI 0031 §B2.2.2)."""
        self._ctrl_stat |= CtrlStat.WDATAERR

    def _start(self, transaction: Callable[[], None]) -> None:
        self._outstanding = transaction
        self._when_clocked(lambda: self._finish(transaction))

    def _finish(self, transaction: Callable[[], None]) -> None:
        if self._outstanding is transaction:  # not if it was aborted
            self._outstanding = None
            transaction()

    def _read_now(self, register: int) -> None:
        try:
            self._posted = self._ap().read(register)
            self._ctrl_stat |= READOK
        except BusFault:
            self._posted = 0
            self._ctrl_stat = self._ctrl_stat & ~READOK | STICKYERR

    def _write_now(self, register: int, value: int) -> None:
        try:
            self._ap().write(register, value)
        except BusFault:
            self._ctrl_stat |= STICKYERR

    def _abort(self, value: int) -> None:
        if value & Abort.DAPABORT:
            self._outstanding = None
        for bit, error in CLEARED_BY.items():
            if value & bit:
                self._ctrl_stat &= ~error

    def _request_power(self, value: int) -> None:
        """The F1's power domains are always on: an acknowledge follows its request at once."""
        kept = self._ctrl_stat & (STICKY | READOK)
        requests = value & (CtrlStat.CDBGPWRUPREQ | CtrlStat.CSYSPWRUPREQ)
        self._ctrl_stat = kept | value & WRITABLE | requests << 1

    def _refuse_if_sticky(self) -> None:
        if self._outstanding is not None:
            raise SwdError(Ack.WAIT)
        if self._ctrl_stat & STICKY:
            raise SwdError(Ack.FAULT)

    def _ap_register(self, address: int) -> int:
        self._refuse_if_sticky()
        if not self._ctrl_stat & DEBUG_POWER:
            raise SwdError(Ack.FAULT)
        return self._select & 0xF0 | address & 0xC

    def _ap(self) -> AccessPort:
        return self._aps.get(self._select >> 24, NO_AP)


class _NoAp:
    """An APSEL without an AP: all its registers read as zero (IHI 0031 §C1.3)."""

    def read(self, _register: int) -> int:
        return 0

    def write(self, _register: int, _value: int) -> None:
        return


NO_AP = _NoAp()
