"""ST-Link commands that read and write the target's memory."""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum

from swdflash.sim.probes.status import OF_AP, Status, reply
from swdflash.sim.probes.swd_master import Access, MemoryFault, SwdMaster

READ_32, WRITE_32 = 0x07, 0x08
READ_8, WRITE_8 = 0x0C, 0x0D
READ_16, WRITE_16 = 0x47, 0x48
READ_32_NO_INCREMENT, WRITE_32_NO_INCREMENT = 0x54, 0x50
LAST_RW_STATUS, LAST_RW_STATUS_2 = 0x3B, 0x3E
RW_MISC_OUT, RW_MISC_IN = 0x51, 0x52
UNITS = {
    READ_8: 1,
    WRITE_8: 1,
    READ_16: 2,
    WRITE_16: 2,
    READ_32: 4,
    WRITE_32: 4,
    READ_32_NO_INCREMENT: 4,
    WRITE_32_NO_INCREMENT: 4,
}
WORD = Access(4)


class Misc(IntEnum):
    """Items of RW_MISC (OpenOCD stlink_usb.c)."""

    ADDRESS = 1
    WRITE = 2
    READ = 3
    APNUM = 5


class MemoryCommands:
    """Memory commands answer with data only; how they fared is asked for afterwards."""

    def __init__(self, master: SwdMaster, max_rw8: int) -> None:
        self._master = master
        self._max_rw8 = max_rw8
        self._status = Status.OK
        self._fault_address = 0
        self._misc: list[tuple[int, Status]] = []
        self.table: dict[int, Callable[[bytes, bytes], bytes]] = {
            READ_8: self._read,
            READ_16: self._read,
            READ_32: self._read,
            READ_32_NO_INCREMENT: self._read,
            WRITE_8: self._write,
            WRITE_16: self._write,
            WRITE_32: self._write,
            WRITE_32_NO_INCREMENT: self._write,
            LAST_RW_STATUS: lambda _command, _data: reply(self._status),
            LAST_RW_STATUS_2: lambda _command, _data: reply(self._status, self._fault_address, 0),
            RW_MISC_OUT: self._rw_misc,
            RW_MISC_IN: self._rw_misc_results,
        }

    def data_size(self, command: bytes) -> int:
        """Bytes that follow the command in a transfer of their own."""
        if command[1] in {WRITE_8, WRITE_16, WRITE_32, WRITE_32_NO_INCREMENT}:
            return int.from_bytes(command[6:8], "little")
        if command[1] == RW_MISC_OUT:
            items = int.from_bytes(command[2:6], "little")
            return -(-items // 4) * 4 + 4 * items
        return 0

    def _read(self, command: bytes, _data: bytes) -> bytes:
        address, size, access = self._parse(command)
        self._status = self._refusal(address, size, access)
        data = b""
        if self._status is Status.OK:
            try:
                data = self._master.read_memory(address, size, access)
            except MemoryFault as fault:
                self._note(fault)
                data = fault.done
        return data.ljust(max(size, 2), b"\0")  # a single byte comes with a second

    def _write(self, command: bytes, data: bytes) -> bytes:
        address, size, access = self._parse(command)
        self._status = self._refusal(address, size, access)
        if self._status is Status.OK:
            try:
                self._master.write_memory(address, data, access)
            except MemoryFault as fault:
                self._note(fault)
        return b""

    def _parse(self, command: bytes) -> tuple[int, int, Access]:
        opcode, address, size, ap = struct.unpack_from("<xBIHB", command)
        increment = opcode not in {READ_32_NO_INCREMENT, WRITE_32_NO_INCREMENT}
        csw = int.from_bytes(command[9:12], "little") << 8
        return address, size, Access(UNITS[opcode], increment, ap, csw)

    def _refusal(self, address: int, size: int, access: Access) -> Status:
        if access.ap:
            return Status.BAD_AP
        if address % access.unit or size % access.unit:
            return Status.ALIGNMENT_ERROR
        return Status.CMD_ERROR if access.unit == 1 and size > self._max_rw8 else Status.OK

    def _note(self, fault: MemoryFault) -> None:
        self._status = OF_AP[fault.ack]
        self._fault_address = fault.address

    def _rw_misc(self, command: bytes, data: bytes) -> bytes:
        """Scattered word accesses in one go: kinds first, then a word for each."""
        items = int.from_bytes(command[2:6], "little")
        first_word = -(-items // 4) * 4
        words = struct.unpack_from(f"<{items}I", data, first_word)
        address = 0
        self._misc = []
        for kind, word in zip(data[:items], words, strict=True):
            address = word if kind in {Misc.ADDRESS, Misc.READ} else address
            self._misc.append(self._misc_item(kind, address, word))
        return b""

    def _misc_item(self, kind: int, address: int, word: int) -> tuple[int, Status]:
        try:
            match kind:
                case Misc.ADDRESS:
                    return 0, Status.OK
                case Misc.WRITE:
                    self._master.write_memory(address, word.to_bytes(4, "little"), WORD)
                    return 0, Status.OK
                case Misc.READ:
                    data = self._master.read_memory(address, 4, WORD)
                    return int.from_bytes(data, "little"), Status.OK
                case Misc.APNUM:
                    return 0, Status.OK if word == 0 else Status.BAD_AP
        except MemoryFault as fault:
            return 0, OF_AP[fault.ack]
        return 0, Status.UNKNOWN_CMD

    def _rw_misc_results(self, _command: bytes, _data: bytes) -> bytes:
        values = [value for value, _ in self._misc]
        statuses = [int(status) for _, status in self._misc]
        return struct.pack(f"<{2 * len(self._misc)}I", *values, *statuses)
