"""The bootloader's USART: it synchronises, then talks AN3155 on the clock, event by event.

While its program is at work (it programs, erases or sends) nobody reads the data register: one
character waits there, and those that come after it are lost.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Quirk
from swdflash.sim.chip.rom.an3155 import An3155, Receive, Received, Send, Talk
from swdflash.sim.chip.rom.autobaud import CLOCK_HZ, SETUP_TICKS, find_pulse, measured, worst
from swdflash.sim.chip.rom.memory import NotAllowed
from swdflash.sim.chip.rom.virtual_rom import VirtualRom
from swdflash.sim.clock import PS_PER_S, Alarm
from swdflash.sim.uart.frames import Format
from swdflash.sim.uart.receiver import Character, Receiver
from swdflash.sim.uart.wire import Wire

SETUP_PS = SETUP_TICKS * PS_PER_S // CLOCK_HZ
HALTED_POLL_PS = PS_PER_S // 1000
NAME = "USART"


class RomUsart:
    """One USART of the ROM, between the wires at its RX and TX pins.

    `worst_rate`: it measures as badly as AN2606 says it can, instead of as it usually does.
    """

    def __init__(self, chip: Chip, rom: VirtualRom, rx: Wire, tx: Wire, *, seed: int = 0) -> None:
        self.worst_rate = False
        self.format: Format | None = None  # its own, once it is synchronised
        self._chip = chip
        self._rom = rom
        self._clock = rom.clock
        self._rx = rx
        self._tx = tx
        self._dice = random.Random(f"autobaud {seed}")
        self._listens = False
        self._since_ps = 0  # when it began to look at its pin
        self._talk: Talk | None = None
        self._wanted: int | None = None  # characters that the program waits for
        self._got: list[Character] = []
        self._receiver: Receiver | None = None
        self._alarm: Alarm | None = None
        rom.on_start.append(self._rom_starts)
        rom.on_end.append(self._rom_ends)
        rx.listeners.append(self._something_comes)

    @property
    def at_work(self) -> bool:
        """It starts, or is about to do or send something: the host has not to do anything yet."""
        return self._alarm is not None

    # The ROM begins and ends

    def _rom_starts(self) -> None:
        self._at(self._rom.listens_from_ps, self._listen)

    def _rom_ends(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self.format is not None:
            self._tx.cut(self._clock.now_ps)
        self._listens = False
        self._talk = self._wanted = self._receiver = self.format = None

    def _listen(self) -> None:
        self._listens = True
        self._since_ps = self._clock.now_ps
        self._rx.forget(self._since_ps)
        self._something_comes()

    def _something_comes(self) -> None:
        """The host drives the line, or the ROM has begun to look at it."""
        if not self._listens:
            self._rx.forget(self._clock.now_ps)
        elif self._talk is None:
            self._look_for_pulse()
        elif self._wanted is not None:
            self._collect()

    # Synchronisation

    def _look_for_pulse(self) -> None:
        pulse = find_pulse(self._rx, self._since_ps)
        if pulse is None or self._rom.chosen is not None or self._alarm is not None:
            return
        percent = self._rom.facts.baud_error_percent
        found = worst(pulse, percent) if self.worst_rate else measured(pulse, self._dice)
        if found is not None:
            self._at(pulse.falls_ps + SETUP_PS, lambda: self._synchronised(found))

    def _synchronised(self, found: Format) -> None:
        if self._rom.chosen is not None:
            return
        self._rom.chosen = NAME
        self.format = found
        self._receiver = Receiver(self._rx, found, self._clock.now_ps)
        self._talk = An3155(self._chip, self._rom.memory, self._set_last_word).run()
        self._go_on(None)

    # The program

    def _go_on(self, answer: Received | None) -> None:
        """Let the program act until it wants something that takes time."""
        talk = self._talk
        if talk is None:
            return
        try:
            wish = next(talk) if answer is None else talk.send(answer)
        except NotAllowed:  # a reset, or no supply: the program is no more
            return
        if self._talk is not talk:
            return
        if isinstance(wish, Send):
            self._at(self._send(wish.data), lambda: self._go_on(Received(b"", sound=True)))
        else:
            self._receive(wish)

    def _send(self, data: bytes) -> int:
        assert self.format is not None
        return self._tx.send(self._clock.now_ps, self.format, data)

    def _receive(self, wish: Receive) -> None:
        assert self._receiver is not None
        self._wanted = wish.count
        held = self._receiver.lost_until(self._clock.now_ps)
        self._got = [held] if held else []
        self._collect()

    def _collect(self) -> None:
        """Take what is on the line by now or will be, and come back when the last is ready."""
        assert self._receiver is not None
        assert self._wanted is not None
        far_ps = self._rx.end_ps + PS_PER_S
        self._got += self._receiver.take(far_ps, self._wanted - len(self._got))
        if len(self._got) == self._wanted and self._alarm is None:
            self._at(self._got[-1].ready_ps, self._received)

    def _received(self) -> None:
        self._wanted = None
        unchecked = Quirk.PARITY_NOT_CHECKED in self._rom.facts.quirks
        data = bytes(character.value for character in self._got)
        self._go_on(Received(data, unchecked or all(each.sound for each in self._got)))

    def _set_last_word(self, data: bytes | None) -> None:
        self._rom.before_restart = (lambda: self._say(data)) if data else (lambda: None)

    def _say(self, data: bytes) -> None:
        self._rom.run_until(self._send(data))

    # Time

    def _at(self, at_ps: int, action: Callable[[], None]) -> None:
        """Do it at that time, or when a debugger has let the core go again."""

        def due() -> None:
            self._alarm = None
            if self._rom.running:
                action()
            else:
                self._at(self._clock.now_ps + HALTED_POLL_PS, action)

        self._alarm = self._clock.alarm(at_ps, due)
