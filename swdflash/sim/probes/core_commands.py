"""ST-Link commands that drive a Cortex-M core, and NRST."""

from __future__ import annotations

import struct
from collections.abc import Callable

from swdflash.sim.probes.status import OF_AP, Status, reply
from swdflash.sim.probes.swd_master import Access, MemoryFault, SwdMaster
from swdflash.sim.probes.wires import ProbedBoard

GET_STATUS, FORCE_DEBUG, RUN_CORE, STEP_CORE = 0x01, 0x02, 0x09, 0x0A
RESET_SYS, READ_REG, WRITE_REG, READ_ALL_REGS = 0x32, 0x33, 0x34, 0x3A
WRITE_DEBUG_REG, READ_DEBUG_REG = 0x35, 0x36
DRIVE_NRST = 0x3C
NRST_LOW, NRST_PULSE = 0, 2
CORE_RUNNING, CORE_HALTED = 0x80, 0x81

# Armv7-M debug registers (DDI 0403, §C1.6) and AIRCR (§B3.2.6)
DHCSR, DCRSR, DCRDR, AIRCR = 0xE000_EDF0, 0xE000_EDF4, 0xE000_EDF8, 0xE000_ED0C
DBGKEY, C_DEBUGEN, C_HALT, C_STEP, C_MASKINTS = 0xA05F_0000, 1, 2, 4, 8
S_HALT = 1 << 17
REGWNR = 1 << 16
VECTKEY_SYSRESETREQ = 0x05FA_0004
ALL_REGISTERS = range(21)  # r0-r15, xPSR, MSP, PSP and two words that no one reads
NRST_PULSE_S = 1e-3
WORD = Access(4)


class CoreCommands:
    """Core control by the debug registers, as the firmware does it for drivers that do not."""

    def __init__(self, master: SwdMaster, board: ProbedBoard) -> None:
        self._master = master
        self._board = board
        self.table: dict[int, Callable[[bytes, bytes], bytes]] = {
            DRIVE_NRST: self._drive_nrst,
            GET_STATUS: self._get_status,
            FORCE_DEBUG: self._writes((DHCSR, DBGKEY | C_DEBUGEN | C_HALT)),
            RUN_CORE: self._writes((DHCSR, DBGKEY | C_DEBUGEN)),
            STEP_CORE: self._writes(
                (DHCSR, DBGKEY | C_DEBUGEN | C_HALT | C_MASKINTS),
                (DHCSR, DBGKEY | C_DEBUGEN | C_STEP | C_MASKINTS),
            ),
            RESET_SYS: self._writes((AIRCR, VECTKEY_SYSRESETREQ)),
            READ_DEBUG_REG: self._read_debug_reg,
            WRITE_DEBUG_REG: self._write_debug_reg,
            READ_REG: self._read_reg,
            WRITE_REG: self._write_reg,
            READ_ALL_REGS: self._read_all_regs,
        }

    def release_nrst(self) -> None:
        """What becomes of NRST when the probe loses its own supply."""
        if self._board.wiring.nrst_wired:
            self._board.drive_nrst(low=False)

    def _drive_nrst(self, command: bytes, _data: bytes) -> bytes:
        """The probe cannot tell whether its NRST pin is connected: always OK."""
        if self._board.wiring.nrst_wired:
            self._board.drive_nrst(low=command[2] in {NRST_LOW, NRST_PULSE})
            if command[2] == NRST_PULSE:
                self._board.spend(NRST_PULSE_S)
                self._board.drive_nrst(low=False)
        return reply(Status.OK)

    def _get_status(self, _command: bytes, _data: bytes) -> bytes:
        try:
            halted = self._read(DHCSR) & S_HALT
        except MemoryFault as fault:
            return reply(OF_AP[fault.ack])
        return (CORE_HALTED if halted else CORE_RUNNING).to_bytes(2, "little")

    def _writes(self, *writes: tuple[int, int]) -> Callable[[bytes, bytes], bytes]:
        def run(_command: bytes, _data: bytes) -> bytes:
            return self._answer_writes(*writes)

        return run

    def _write_debug_reg(self, command: bytes, _data: bytes) -> bytes:
        address, value = struct.unpack_from("<II", command, 2)
        return self._answer_writes((address, value))

    def _read_debug_reg(self, command: bytes, _data: bytes) -> bytes:
        return self._answer(lambda: [self._read(int.from_bytes(command[2:6], "little"))], 1)

    def _read_reg(self, command: bytes, _data: bytes) -> bytes:
        return self._answer(lambda: [self._core(command[2])], 1)

    def _read_all_regs(self, _command: bytes, _data: bytes) -> bytes:
        return self._answer(lambda: [self._core(number) for number in ALL_REGISTERS], 21)

    def _write_reg(self, command: bytes, _data: bytes) -> bytes:
        number, value = struct.unpack_from("<BI", command, 2)
        return self._answer_writes((DCRDR, value), (DCRSR, number | REGWNR))

    def _answer_writes(self, *writes: tuple[int, int]) -> bytes:
        try:
            for address, value in writes:
                self._master.write_memory(address, value.to_bytes(4, "little"), WORD)
        except MemoryFault as fault:
            return reply(OF_AP[fault.ack])
        return reply(Status.OK)

    def _answer(self, read: Callable[[], list[int]], words: int) -> bytes:
        try:
            return reply(Status.OK, *read())
        except MemoryFault as fault:
            return reply(OF_AP[fault.ack], *[0] * words)

    def _core(self, number: int) -> int:
        self._master.write_memory(DCRSR, number.to_bytes(4, "little"), WORD)
        return self._read(DCRDR)

    def _read(self, address: int) -> int:
        return int.from_bytes(self._master.read_memory(address, 4, WORD), "little")
