"""The part of a probe's firmware that speaks SWD: memory blocks and registers by transactions."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.dp import Abort, CtrlStat
from swdflash.sim.adiv5.dp import Register as Dp
from swdflash.sim.adiv5.mem_ap import Register as Ap
from swdflash.sim.adiv5.swd_port import SwdPort

TAR_BLOCK = 1024  # bytes for which TAR's increment is sure (IHI 0031 §C2.2)
DEFAULT_CSW = 0x2300_0000  # master type and protection bits as ST's firmware leaves them
CLEAR_STICKY = Abort.STKCMPCLR | Abort.STKERRCLR | Abort.WDERRCLR | Abort.ORUNERRCLR
POWER_UP = CtrlStat.CDBGPWRUPREQ | CtrlStat.CSYSPWRUPREQ


class MemoryFault(Exception):
    """A memory command stopped at `address` with the acknowledge `ack`."""

    def __init__(self, address: int, ack: Ack, done: bytes = b"") -> None:
        super().__init__(f"{address:#010x}: SWD ACK {ack.name}")
        self.address = address
        self.ack = ack
        self.done = done


@dataclass(frozen=True)
class Access:
    """How memory is accessed: `unit` bytes at once, TAR counting up or not."""

    unit: int
    increment: bool = True
    ap: int = 0
    csw: int = 0  # bits 31:8 of CSW; 0 means the firmware's own

    @property
    def csw_value(self) -> int:
        """CSW in full."""
        size = self.unit.bit_length() - 1
        return (self.csw & ~0xFF or DEFAULT_CSW) | int(self.increment) << 4 | size


class SwdMaster:
    """Drives a chip's SWD port. All verbs raise `SwdError`, or `MemoryFault` with an address."""

    def __init__(self, port: SwdPort) -> None:
        self.port = port
        self._select: int | None = None

    def connect(self) -> int:
        """Reset the line, clear old errors, power the debug domain up; returns DPIDR."""
        self._select = None
        self.port.line_reset()
        dpidr = self.port.read(Dp.DPIDR)
        self.port.write(Dp.ABORT, CLEAR_STICKY)
        self.write_dp(Dp.CTRL_STAT, POWER_UP)
        self.port.read(Dp.CTRL_STAT)
        return dpidr

    def read_dp(self, address: int) -> int:
        """A DP register; bits 7:4 of the address are its bank."""
        self._bank(self._ap_part(), address >> 4)
        return self.port.read(address & 0xF)

    def write_dp(self, address: int, value: int) -> None:
        """A DP register; bits 7:4 of the address are its bank."""
        if address & 0xF == Dp.ABORT:
            self.port.write(Dp.ABORT, value)
        elif address & 0xF == Dp.SELECT:
            self._write_select(value)
        else:
            self._bank(self._ap_part(), address >> 4)
            self.port.write(address & 0xF, value)

    def read_ap(self, ap: int, register: int) -> int:
        """A register of an access port."""
        self._bank(ap << 24 | register & 0xF0, 0)
        self.port.read_ap(register & 0xC)
        return self.port.read(Dp.RDBUFF)

    def write_ap(self, ap: int, register: int, value: int) -> None:
        """A register of an access port; waits until it is done."""
        self._bank(ap << 24 | register & 0xF0, 0)
        self.port.write_ap(register & 0xC, value)
        self.port.read(Dp.RDBUFF)

    def read_memory(self, address: int, size: int, access: Access) -> bytes:
        """`size` bytes (a whole number of units) through the AP."""
        data = bytearray()
        try:
            self._clear_sticky()
            for start, length in blocks(address, size, access):
                self._aim(start, access)
                self._read_block(start, length, access, data)
        except SwdError as error:
            raise MemoryFault(address + len(data), error.ack, bytes(data)) from None
        return bytes(data)

    def write_memory(self, address: int, data: bytes, access: Access) -> None:
        """Bytes (a whole number of units) through the AP."""
        here = sent = address
        try:
            self._clear_sticky()
            for start, length in blocks(address, len(data), access):
                self._aim(start, access)
                for here in range(start, start + length, access.unit):
                    at = here - address
                    value = int.from_bytes(data[at : at + access.unit], "little")
                    self.port.write_ap(Ap.DRW, value << lane(here, access))
                    sent = here
                self.port.read(Dp.RDBUFF)
        except SwdError as error:  # the bus refuses a write one transaction later
            raise MemoryFault(sent if error.ack is Ack.FAULT else here, error.ack) from None

    def _read_block(self, start: int, length: int, access: Access, data: bytearray) -> None:
        """Posted reads: each transaction fetches the value of the one before."""
        self.port.read_ap(Ap.DRW)
        for here in range(start, start + length, access.unit):
            last = here + access.unit == start + length
            word = self.port.read(Dp.RDBUFF) if last else self.port.read_ap(Ap.DRW)
            value = word >> lane(here, access) & ((1 << 8 * access.unit) - 1)
            data += value.to_bytes(access.unit, "little")

    def _aim(self, address: int, access: Access) -> None:
        self._bank(access.ap << 24, 0)
        self.port.write_ap(Ap.CSW, access.csw_value)
        self.port.write_ap(Ap.TAR, address)

    def _clear_sticky(self) -> None:
        """Drivers that know memory commands only have no other way to clear an old fault."""
        if self.read_dp(Dp.CTRL_STAT) & (CtrlStat.STICKYERR | CtrlStat.WDATAERR):
            self.port.write(Dp.ABORT, CLEAR_STICKY)

    def _ap_part(self) -> int:
        return (self._select or 0) & 0xFF00_00F0

    def _bank(self, ap_part: int, dp_bank: int) -> None:
        if self._select != ap_part | dp_bank:
            self._write_select(ap_part | dp_bank)

    def _write_select(self, value: int) -> None:
        self.port.write(Dp.SELECT, value)
        self._select = value


def lane(address: int, access: Access) -> int:
    """Bit position of a unit in DRW: byte lanes follow the address (IHI 0031 §C2.2.6)."""
    return 8 * (address & 3 & ~(access.unit - 1))


def blocks(address: int, size: int, access: Access) -> list[tuple[int, int]]:
    """(start, length) of the parts for which TAR is written once."""
    if not access.increment:
        return [(address, size)]
    parts = []
    end = address + size
    while address < end:
        stop = min(end, (address // TAR_BLOCK + 1) * TAR_BLOCK)
        parts.append((address, stop - address))
        address = stop
    return parts
