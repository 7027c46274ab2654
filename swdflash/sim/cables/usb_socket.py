"""The cable in a board's own USB socket: costs charged, faults struck, transfer by transfer."""

from __future__ import annotations

from typing import Protocol

from swdflash.sim.adiv5.acks import Ack
from swdflash.sim.cables.board_time import BoardTime, TimedBoard
from swdflash.sim.cables.hostside.usb import (
    CLASS,
    ERROR_NO_DEVICE,
    ERROR_NOT_FOUND,
    ERROR_PIPE,
    ERROR_TIMEOUT,
    KIND,
    Device,
    Interface,
    Setting,
    Setup,
    UsbFault,
)
from swdflash.sim.chip.rom.dfu_identity import functional_descriptor
from swdflash.sim.chip.rom.dfu_protocol import Stall
from swdflash.sim.chip.rom.usb import UsbFunction
from swdflash.sim.clock import PS_PER_S
from swdflash.sim.faults import NO_FAULTS, FaultPlan
from swdflash.sim.probes.models import FULL_SPEED

DFU_MODE = (0xFE, 0x01, 0x02)  # application specific, device firmware upgrade, DFU mode (DFU 1.1)
USB_1_0 = 0x0100
SELF_POWERED = 0xC0
POWER_MA = 100  # lsusb -v of an STM32F4 in DFU mode
INTO_THE_WORK_S = 0.001


class SocketBoard(TimedBoard, Protocol):
    """A board with a USB socket."""

    def power_off(self) -> None:
        """Take the supply away."""
        ...


class UsbSocket:
    """A cable from the hub to the board; the device comes and goes with the chip's program."""

    def __init__(
        self,
        board: SocketBoard,
        function: UsbFunction,
        faults: FaultPlan = NO_FAULTS,
        time: BoardTime | None = None,
    ) -> None:
        self.board = board
        self._function = function
        self.time = time or BoardTime(board)
        self.denied = False
        self.busy = False
        self.claimed: set[int] = set()
        self.transfers = 0  # so far
        self._cable = True
        self._cut_when_busy = False
        self._faults = faults
        faults.prepare(self)

    @property
    def plugged(self) -> bool:
        """Whether the device is on the bus."""
        return self._cable and self._function.present

    @property
    def arrivals(self) -> int:
        """See `UsbFunction.arrivals`."""
        return self._function.arrivals

    def device(self, address: int, port: int = 1) -> Device:
        """Its descriptors."""
        what = self._function.identity
        *names, last = what.names
        settings = [Setting(name, DFU_MODE) for name in names]
        settings.append(Setting(last, DFU_MODE, extra=functional_descriptor()))
        return Device(
            address=address,
            port=port,
            vid=what.vid,
            pid=what.pid,
            release=what.release,
            speed=FULL_SPEED.code,
            manufacturer=what.manufacturer,
            product=what.product,
            serial=what.serial,
            interfaces=(Interface(tuple(settings)),),
            usb=USB_1_0,
            attributes=SELF_POWERED,
            power_ma=POWER_MA,
        )

    def transfer_out(self, _endpoint: int, _data: bytes) -> None:
        """There is no endpoint but 0."""
        raise UsbFault(ERROR_NOT_FOUND)

    def transfer_in(self, _endpoint: int, _size: int, _timeout_ms: int) -> bytes | None:
        """There is no endpoint but 0."""
        raise UsbFault(ERROR_NOT_FOUND)

    def control(self, setup: Setup, data: bytes, timeout_ms: int) -> bytes:
        """One class request. While the chip is at work it is not answered, but NAKed."""
        self.transfers += 1
        self._faults.strike(self.transfers, self)
        self._must_be_there()
        if not self.time.wait_for_board(timeout_ms / 1000 if timeout_ms else None):
            raise UsbFault(ERROR_TIMEOUT)
        self._must_be_there()
        answer = self._ask(setup, data)
        self.time.spend(transfer_s(len(answer) if setup.inward else len(data)))
        self._must_be_there()
        answer = self._faults.garble(self.transfers, answer)
        self._go_on()
        return answer

    def unplug(self) -> None:
        """Pull the cable; the board keeps its supply."""
        self._cable = False
        self.claimed.clear()

    def cut_power(self) -> None:
        """Take the board's supply away."""
        self.board.power_off()

    def cut_power_when_busy(self) -> None:
        """Take it away in the middle of what the next dfuDNBUSY stands for."""
        self._cut_when_busy = True

    def disturb(self, ack: Ack) -> None:
        """SWD is another cable."""

    def _ask(self, setup: Setup, data: bytes) -> bytes:
        if setup.request_type & KIND != CLASS:
            self.time.spend(transfer_s(0))
            raise UsbFault(ERROR_PIPE)
        try:
            return self._function.device.request(setup.request, setup.value, setup.length, data)
        except Stall:
            self.time.spend(transfer_s(0))
            raise UsbFault(ERROR_PIPE) from None

    def _go_on(self) -> None:
        device = self._function.device
        if not device.has_work:
            return
        if self._cut_when_busy:
            self._cut_when_busy = False
            clock = self.board.clock
            at_ps = clock.now_ps + round(INTO_THE_WORK_S * PS_PER_S)
            clock.alarm(at_ps, self.board.power_off)
        self.time.run_ahead(device.go_on)

    def _must_be_there(self) -> None:
        if not self.plugged:
            raise UsbFault(ERROR_NO_DEVICE)


def transfer_s(size: int) -> float:
    """Setup, data where there is any, and status: each stage as a bulk transfer at full speed.

    2,048 bytes take 1.9 ms; an STM32F745 was seen to take 1,832 bytes and a GETSTATUS in 2 ms
    (fwupd issue 1944).
    """
    stages = 3 if size else 2
    return (stages - 1) * FULL_SPEED.cost_s(0) + FULL_SPEED.cost_s(size)
