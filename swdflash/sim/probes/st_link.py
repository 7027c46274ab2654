"""An ST-Link: 16-byte commands in, answers out, one after the other.

Sources: pyOCD probe/stlink/, OpenOCD src/jtag/drivers/stlink_usb.c. Nothing overlaps in the
probe: a command's wire time passes between its last OUT and its first IN.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from swdflash.sim.adiv5.acks import SwdError
from swdflash.sim.adiv5.swd_port import SwdPort
from swdflash.sim.probes.core_commands import CoreCommands
from swdflash.sim.probes.dap_commands import DapCommands
from swdflash.sim.probes.memory_commands import MemoryCommands
from swdflash.sim.probes.models import ST, Model
from swdflash.sim.probes.status import Status, reply
from swdflash.sim.probes.swd_master import SwdMaster
from swdflash.sim.probes.wires import ProbedBoard

Handler = Callable[[bytes, bytes], bytes]

COMMAND_SIZE = 16
GET_VERSION, DEBUG, DFU, SWIM = 0xF1, 0xF2, 0xF3, 0xF4
GET_CURRENT_MODE, GET_TARGET_VOLTAGE, GET_VERSION_EX = 0xF5, 0xF7, 0xFB
MODE_DFU, MODE_MASS, MODE_DEBUG = 0, 1, 2
DEBUG_EXIT, DEBUG_ENTER, ENTER_SWD = 0x21, 0x30, 0xA3
START_TRACE, STOP_TRACE, GET_TRACE_NB = 0x40, 0x41, 0x42
RW_MISC_GET_MAX = 0x53
GET_BOARD_IDENTIFIERS = 0x56
RW_MISC_MAX = (
    64  # scattered accesses at once (OpenOCD stlink_usb.c, stlink_usb_count_misc_rw_queue)
)
NO_BOARD_ID = reply(Status.OK).ljust(128, b"\0")
VREFINT_COUNTS = 1488  # the ADC's reading of its own 1.2 V reference
VREFINT_V = 1.2


class StLink:
    """The probe's firmware. Commands come by `transfer_out`, answers go by `transfer_in`."""

    def __init__(self, board: ProbedBoard, model: Model) -> None:
        self.model = model
        self.port = SwdPort(board)
        self._board = board
        self._master = SwdMaster(self.port)
        self._memory = MemoryCommands(self._master, model.max_rw8)
        self._core = CoreCommands(self._master, board)
        self._mode = MODE_MASS if model.hex_serial else MODE_DFU
        self._waiting: bytes | None = None  # a command whose data is still to come
        self._answer = b""
        self._debug_table: dict[int, Handler] = {
            **self._memory.table,
            **self._core.table,
            **DapCommands(self._master, model).table,
            DEBUG_ENTER: self._enter,
            DEBUG_EXIT: self._exit,
            START_TRACE: lambda _command, _data: reply(Status.SWV_NOT_AVAILABLE),
            STOP_TRACE: lambda _command, _data: reply(Status.SWV_NOT_AVAILABLE),
            GET_TRACE_NB: lambda _command, _data: bytes(2),
            RW_MISC_GET_MAX: lambda _command, _data: RW_MISC_MAX.to_bytes(4, "little"),
            GET_BOARD_IDENTIFIERS: lambda _command, _data: NO_BOARD_ID,
        }
        self._table: dict[int, Callable[[bytes], bytes]] = {
            GET_VERSION: self._get_version,
            GET_VERSION_EX: self._get_version_ex,
            GET_CURRENT_MODE: self._get_current_mode,
            GET_TARGET_VOLTAGE: self._get_target_voltage,
            DFU: self._leave_dfu,
        }

    def transfer_out(self, endpoint: int, data: bytes) -> None:
        """A command of 16 bytes, or the data that belongs to the one before."""
        if endpoint != self.model.out_endpoint:
            return
        if self._waiting is not None:
            command, self._waiting = self._waiting, None
            self._answer = self._run_debug(command, data)
            return
        command = data.ljust(COMMAND_SIZE, b"\0")
        if command[0] == DEBUG and self._memory.data_size(command):
            self._waiting, self._answer = command, b""
        else:
            self._answer = self._run(command)

    def transfer_in(self, endpoint: int, size: int) -> bytes | None:
        """Up to `size` bytes of the answer; None where the endpoint has none (it NAKs)."""
        if endpoint != self.model.in_endpoint or not self._answer:
            return None
        part, self._answer = self._answer[:size], self._answer[size:]
        return part

    def unplug(self) -> None:
        """The probe has no supply any more."""
        self._core.release_nrst()

    def _run(self, command: bytes) -> bytes:
        if command[0] == DEBUG:
            return self._run_debug(command, b"")
        run = self._table.get(command[0])
        return run(command) if run else b""

    def _run_debug(self, command: bytes, data: bytes) -> bytes:
        run: Handler | None = self._debug_table.get(command[1])
        answer = run(command, data) if run else reply(Status.UNKNOWN_CMD)
        self.port.settle()
        return answer

    def _enter(self, command: bytes, _data: bytes) -> bytes:
        if command[2] != ENTER_SWD:
            return reply(Status.GET_IDCODE_ERROR)  # JTAG is not wired
        try:
            self._master.connect()
        except SwdError:
            return reply(Status.GET_IDCODE_ERROR)
        self._mode = MODE_DEBUG
        return reply(Status.OK)

    def _exit(self, _command: bytes, _data: bytes) -> bytes:
        self._mode = MODE_MASS
        return b""

    def _leave_dfu(self, _command: bytes) -> bytes:
        self._mode = MODE_MASS
        return b""

    def _get_version(self, _command: bytes) -> bytes:
        version = self.model.version
        word = version.hardware << 12
        if version.hardware < 3:  # a V3 tells the rest by GET_VERSION_EX only
            word |= version.jtag << 6 | (version.msc or version.swim)
        return struct.pack(">H", word) + struct.pack("<HH", ST, self.model.pid)

    def _get_version_ex(self, _command: bytes) -> bytes:
        version = self.model.version
        fields = (version.hardware, version.swim, version.jtag, version.msc)
        return struct.pack("<8B2H", *fields, 0, 0, 0, 0, ST, self.model.pid)

    def _get_current_mode(self, _command: bytes) -> bytes:
        return bytes([self._mode, 0])

    def _get_target_voltage(self, _command: bytes) -> bytes:
        """Two ADC readings: the reference, and half of VTref."""
        volts = self._board.wiring.vtarget if self._board.powered else 0.0
        return struct.pack("<II", VREFINT_COUNTS, round(volts * VREFINT_COUNTS / (2 * VREFINT_V)))
