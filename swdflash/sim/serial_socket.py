"""The board's side of a serial adapter: where its RX, TX, RTS and DTR lead."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.chip.rom.usart import RomUsart
from swdflash.sim.chip.virtual_chip import VirtualChip
from swdflash.sim.talkers import Gps, Modem, Noise, lead_nowhere
from swdflash.sim.uart.wire import Wire
from swdflash.sim.wiring import SerialTo, Wiring


class SerialSocket:
    """`sent` is what the adapter drives (its TX), `heard` what it listens to (its RX).

    `rom` is the bootloader's end, None where the wires lead elsewhere. `on_lines(rts, dtr)` is
    called when the adapter changes its modem lines: True is asserted.
    """

    def __init__(
        self,
        chip: VirtualChip,
        wiring: Wiring,
        on_lines: Callable[[bool, bool], None],
        *,
        seed: int = 0,
    ) -> None:
        self.sent = Wire()
        self.heard = self.sent if wiring.serial_to is SerialTo.ECHO else Wire()
        self.rom: RomUsart | None = None
        self.rts = self.dtr = False  # nobody has opened the port yet
        self._on_lines = on_lines
        match wiring.serial_to:
            case SerialTo.CHIP:
                self._lead_to_chip(chip, seed)
            case SerialTo.NOISE:
                Noise(chip.clock, self.sent, self.heard, seed=seed)
            case SerialTo.GPS:
                Gps(chip.clock, self.sent, self.heard, seed=seed)
            case SerialTo.MODEM:
                Modem(chip.clock, self.sent, self.heard)
            case SerialTo.NOTHING:
                lead_nowhere(self.sent)

    def _lead_to_chip(self, chip: VirtualChip, seed: int) -> None:
        usarts = chip.chip.rom.listens_on("USART")
        if not usarts:
            lead_nowhere(self.sent)
            return
        self.rom = RomUsart(chip.chip, chip.rom, self.sent, self.heard, seed=seed)
        chip.periphery.connect_serial(usarts[0], self.heard)

    def set_lines(self, *, rts: bool, dtr: bool) -> None:
        """The adapter asserts its modem lines, or lets them go."""
        self.rts, self.dtr = rts, dtr
        self._on_lines(rts, dtr)
