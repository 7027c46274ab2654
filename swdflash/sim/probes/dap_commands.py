"""ST-Link commands for the debug port's and access ports' own registers, and the wire."""

from __future__ import annotations

import struct
from collections.abc import Callable

from swdflash.sim.adiv5.acks import SwdError
from swdflash.sim.probes.models import V2_SWD_KHZ, V3_SWD_KHZ, Model
from swdflash.sim.probes.status import OF_AP, OF_DP, Status, reply
from swdflash.sim.probes.swd_master import SwdMaster

READ_IDCODES = 0x31
SWD_SET_FREQ = 0x43
READ_DAP_REG, WRITE_DAP_REG = 0x45, 0x46
INIT_AP, CLOSE_AP = 0x4B, 0x4C
SET_COM_FREQ, GET_COM_FREQ, SWITCH_STLINK_FREQ = 0x61, 0x62, 0x63
DP_PORT = 0xFFFF
SWD_COM = 0


class DapCommands:
    """Everything here answers with a status first."""

    def __init__(self, master: SwdMaster, model: Model) -> None:
        self._master = master
        self.table: dict[int, Callable[[bytes, bytes], bytes]] = {
            READ_IDCODES: self._read_idcodes,
            READ_DAP_REG: self._read_register,
            WRITE_DAP_REG: self._write_register,
            INIT_AP: self._init_ap,
            CLOSE_AP: self._init_ap,
        }
        if model.version.hardware >= 3:
            self.table[SET_COM_FREQ] = self._set_com_freq
            self.table[GET_COM_FREQ] = self._get_com_freq
            self.table[SWITCH_STLINK_FREQ] = lambda command, _data: reply(Status.OK, command[2])
        else:
            self.table[SWD_SET_FREQ] = self._set_swd_freq

    def _read_idcodes(self, _command: bytes, _data: bytes) -> bytes:
        try:
            return reply(Status.OK, self._master.read_dp(0), 0)
        except SwdError as error:
            return reply(OF_DP[error.ack], 0, 0)

    def _read_register(self, command: bytes, _data: bytes) -> bytes:
        port, register = struct.unpack_from("<HH", command, 2)
        try:
            if port == DP_PORT:
                return reply(Status.OK, self._master.read_dp(register))
            return reply(Status.OK, self._master.read_ap(port, register))
        except SwdError as error:
            return reply((OF_DP if port == DP_PORT else OF_AP)[error.ack], 0)

    def _write_register(self, command: bytes, _data: bytes) -> bytes:
        port, register, value = struct.unpack_from("<HHI", command, 2)
        try:
            if port == DP_PORT:
                self._master.write_dp(register, value)
            else:
                self._master.write_ap(port, register, value)
        except SwdError as error:
            return reply((OF_DP if port == DP_PORT else OF_AP)[error.ack])
        return reply(Status.OK)

    def _init_ap(self, command: bytes, _data: bytes) -> bytes:
        return reply(Status.OK if command[2] == 0 else Status.BAD_AP)

    def _set_swd_freq(self, command: bytes, _data: bytes) -> bytes:
        khz = V2_SWD_KHZ.get(int.from_bytes(command[2:4], "little"))
        if khz is None:
            return reply(Status.FREQ_NOT_SUPPORTED)
        self._master.port.swclk_hz = khz * 1000
        return reply(Status.OK)

    def _set_com_freq(self, command: bytes, _data: bytes) -> bytes:
        """The highest clock that is not above the one asked for."""
        asked = int.from_bytes(command[4:8], "little")
        khz = next((khz for khz in V3_SWD_KHZ if khz <= asked), V3_SWD_KHZ[-1])
        if command[2] == SWD_COM:
            self._master.port.swclk_hz = khz * 1000
        return reply(Status.OK, khz)

    def _get_com_freq(self, _command: bytes, _data: bytes) -> bytes:
        now = self._master.port.swclk_hz // 1000
        unused = [0] * (10 - len(V3_SWD_KHZ))
        return reply(Status.OK, now, len(V3_SWD_KHZ), *V3_SWD_KHZ, *unused)
