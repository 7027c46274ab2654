"""A probe in its USB socket: costs charged, faults struck, transfer by transfer."""

from __future__ import annotations

from typing import Protocol

from swdflash.sim.adiv5.acks import Ack
from swdflash.sim.cables.board_time import BoardTime
from swdflash.sim.cables.hostside.usb import (
    ERROR_NO_DEVICE,
    ERROR_PIPE,
    Device,
    Endpoint,
    Interface,
    Setting,
    Setup,
    UsbFault,
)
from swdflash.sim.clock import Clock
from swdflash.sim.faults import NO_FAULTS, FaultPlan
from swdflash.sim.probes.models import MODELS, ST
from swdflash.sim.probes.st_link import StLink
from swdflash.sim.probes.wires import ProbedBoard

VENDOR_SPECIFIC = (0xFF, 0xFF, 0xFF)
RAW_SERIAL_DIGITS = 24  # a V2's serial is 12 bytes, which most tools show in hexadecimal


class PluggableBoard(ProbedBoard, Protocol):
    """A board that a probe can be plugged on."""

    @property
    def clock(self) -> Clock:
        """The board's time."""
        ...

    def power_off(self) -> None:
        """Take the supply away."""
        ...


class Plug:
    """One probe, plugged in, with a board behind it."""

    def __init__(
        self,
        board: PluggableBoard,
        faults: FaultPlan = NO_FAULTS,
        time: BoardTime | None = None,
    ) -> None:
        self.board = board
        self.probe = StLink(board, MODELS[board.wiring.probe])
        self.time = time or BoardTime(board)
        self.plugged = True
        self.arrivals = 1
        self.denied = False
        self.busy = False
        self.claimed: set[int] = set()
        self.transfers = 0  # so far
        self._faults = faults
        faults.prepare(self)

    @property
    def uid(self) -> str:
        """The probe's serial as tools show it."""
        return self.board.wiring.serial

    def device(self, address: int, port: int = 1) -> Device:
        """What the probe tells about itself."""
        model = self.probe.model
        endpoints = (model.in_endpoint, model.out_endpoint, model.trace_endpoint)
        return Device(
            address=address,
            port=port,
            vid=ST,
            pid=model.pid,
            release=0x0100,
            speed=model.speed.code,
            manufacturer="STMicroelectronics",
            product=model.product,
            serial=self._serial_text(),
            interfaces=(
                Interface(
                    (
                        Setting(
                            "ST-Link Debug",
                            VENDOR_SPECIFIC,
                            tuple(Endpoint(end, model.speed.packet) for end in endpoints),
                        ),
                    )
                ),
            ),
        )

    def transfer_out(self, endpoint: int, data: bytes) -> None:
        """One bulk transfer to the probe; what it causes happens after it has arrived."""
        self._begin(len(data))
        self.probe.transfer_out(endpoint, data)

    def transfer_in(self, endpoint: int, size: int, timeout_ms: int) -> bytes | None:
        """One bulk transfer from the probe; None once the timeout has passed without an answer."""
        answer = self.probe.transfer_in(endpoint, size)
        if answer is None:
            self.board.spend(timeout_ms / 1000)
            return None
        self._begin(len(answer))
        return self._faults.garble(self.transfers, answer)

    def control(self, _setup: Setup, data: bytes, _timeout_ms: int) -> bytes:
        """An ST-Link has standard requests only."""
        self._begin(len(data))
        raise UsbFault(ERROR_PIPE)

    def unplug(self) -> None:
        """Pull the cable."""
        self.plugged = False
        self.claimed.clear()
        self.probe.unplug()

    def cut_power(self) -> None:
        """Take the board's supply away."""
        self.board.power_off()

    def cut_power_when_busy(self) -> None:
        """A probe is no DFU device."""

    def disturb(self, ack: Ack) -> None:
        """Have the next SWD transaction acknowledged like this."""
        self.probe.port.disturbed.append(ack)

    def _begin(self, size: int) -> None:
        self.transfers += 1
        self._faults.strike(self.transfers, self)
        if not self.plugged:
            raise UsbFault(ERROR_NO_DEVICE)
        self.board.spend(self.probe.model.speed.cost_s(size))

    def _serial_text(self) -> str:
        serial = self.board.wiring.serial
        if self.probe.model.hex_serial or len(serial) != RAW_SERIAL_DIGITS:
            return serial
        return bytes.fromhex(serial).decode("latin-1")
