"""A virtual board: a chip, its wiring, and the time that passes on both."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from swdflash.chips.chip import Chip
from swdflash.sim.adiv5.signal import Signal
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.virtual_chip import VirtualChip
from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.nrst import Nrst, Puller
from swdflash.sim.serial_socket import SerialSocket
from swdflash.sim.store import Kept
from swdflash.sim.usb_wires import usb_of
from swdflash.sim.wiring import Wiring

LOG_KEPT = 10_000
POR_V = 1.92  # the rising supply releases power-on reset, typ (DS5319 Table 11)


class VirtualBoard:
    """Powered off at first. `log` collects illegal accesses: (seconds, the manual's words)."""

    def __init__(
        self, chip: Chip, nonvolatile: NonVolatile, wiring: Wiring, *, seed: int = 0
    ) -> None:
        self.clock = Clock()
        self.wiring = wiring
        self.log: list[tuple[float, str]] = []
        self.chip = VirtualChip(
            chip, nonvolatile, self.clock, self._illegal, hse_hz=wiring.hse_hz, seed=seed
        )
        self.signal = Signal(wiring.swclk_limit_hz, seed, connected=wiring.swd_wired)
        self.usb = usb_of(self.chip, nonvolatile, wiring)
        self._nrst = Nrst(self.chip, self.clock, wiring.nrst_rc_s, shorted=wiring.nrst_shorted)
        self.serial = SerialSocket(self.chip, wiring, self._modem_lines, seed=seed)
        self._modem_lines(rts=False, dtr=False)

    @classmethod
    def of(cls, kept: Kept) -> VirtualBoard:
        """The board that the store kept."""
        return cls(kept.chip, kept.nonvolatile, kept.record.wiring, seed=kept.record.seed)

    @property
    def powered(self) -> bool:
        """Whether the chip has its supply."""
        return self.chip.powered

    def power_on(self) -> None:
        """Plug the supply in, with the jumpers as they are; too low a supply starts nothing."""
        if self.wiring.vtarget < POR_V:
            return
        self.chip.boot0, self.chip.boot1 = self._boot0, self.wiring.boot1
        self.chip.power_on()
        self._nrst.supply_comes()

    def power_off(self) -> None:
        """Pull the supply, whatever is going on."""
        if self.powered:
            self.chip.power_off()

    def boot(self) -> None:
        """Power on and let firmware have `uptime_s` before anybody looks."""
        self.power_on()
        self.spend(self.wiring.uptime_s)

    def spend(self, seconds: float) -> None:
        """Let time pass: the core runs, alarms fire."""
        self.chip.run_until(self.clock.now_ps + round(seconds * PS_PER_S))

    def drive_nrst(self, low: bool) -> None:
        """The probe drives its reset wire; the chip notices if that is connected."""
        if self.wiring.nrst_wired:
            self._nrst.pull(Puller.PROBE, low=low)

    # What a hand does. It takes its time on the board's clock, while others go on.

    def press_reset(self, hold_s: float = 0.1, *, after_s: float = 0.0) -> None:
        """Press the reset button in `after_s`, and let it go `hold_s` later."""
        self._in(after_s, self.hold_reset)
        self.release_reset(after_s=after_s + hold_s)

    def hold_reset(self) -> None:
        """Press the reset button and keep it pressed."""
        self._nrst.pull(Puller.BUTTON, low=True)

    def release_reset(self, *, after_s: float = 0.0) -> None:
        """Let the reset button go in `after_s`."""
        self._in(after_s, lambda: self._nrst.pull(Puller.BUTTON, low=False))

    def power_cycle(self, off_s: float = 0.5, *, after_s: float = 0.0) -> None:
        """Take the supply away in `after_s`, and give it back `off_s` later."""
        self._in(after_s, self.power_off)
        self._in(after_s + off_s, self.power_on)

    def set_boot0(self, level: int) -> None:
        """Move the BOOT0 jumper; the next reset looks at it."""
        self.wiring = msgspec.structs.replace(self.wiring, boot0=level)
        self.chip.boot0 = self._boot0

    def drive_pin(self, pin: str, level: int) -> None:
        """Put a level on a pin of the chip, such as PA0."""
        self.chip.periphery.drive_pin(pin[1], int(pin[2:]), level)

    @property
    def _boot0(self) -> int:
        """The level at the pin: the modem line's where one is wired, else the jumper's."""
        line, serial = self.wiring.serial_boot0, self.serial
        return self.wiring.boot0 if line is None else line.acts(rts=serial.rts, dtr=serial.dtr)

    def _modem_lines(self, rts: bool, dtr: bool) -> None:
        line = self.wiring.serial_nrst
        if line is not None:
            self._nrst.pull(Puller.MODEM_LINE, low=line.acts(rts=rts, dtr=dtr))
        self.chip.boot0 = self._boot0

    def _in(self, seconds: float, action: Callable[[], None]) -> None:
        if seconds:
            self.clock.alarm(self.clock.now_ps + round(seconds * PS_PER_S), action)
        else:
            action()

    def _illegal(self, text: str) -> None:
        if len(self.log) < LOG_KEPT:
            self.log.append((self.clock.now, text))
