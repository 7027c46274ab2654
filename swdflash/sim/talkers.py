"""What else may be at the end of a serial cable, and is no STM32."""

from __future__ import annotations

import random
from functools import partial, reduce
from operator import xor

from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.uart.frames import Format
from swdflash.sim.uart.receiver import Receiver
from swdflash.sim.uart.wire import Wire

NMEA = Format.at(9600)  # NMEA 0183's successors: most receivers' default
POSITION = "GPGGA,{time},4717.112671,N,00833.914843,E,1,08,1.01,499.6,M,48.0,M,,"
CARRIAGE_RETURN = 0x0D


def lead_nowhere(wire: Wire) -> None:
    """Nobody listens."""
    wire.listeners.append(lambda: wire.forget(wire.end_ps))


class Noise:
    """A contact that comes and goes: characters at any rate, at any time."""

    def __init__(self, clock: Clock, sent: Wire, heard: Wire, *, seed: int = 0) -> None:
        self._clock = clock
        self._heard = heard
        self._dice = random.Random(f"noise {seed}")
        lead_nowhere(sent)
        self._crackle()

    def _crackle(self) -> None:
        dice, now_ps = self._dice, self._clock.now_ps
        line_format = Format.at(dice.randrange(2_000, 500_000))
        self._heard.forget(now_ps - PS_PER_S)
        self._heard.send(now_ps, line_format, dice.randbytes(dice.randrange(1, 12)))
        self._clock.alarm(now_ps + dice.randrange(PS_PER_S // 50), self._crackle)


class Gps:
    """Five sentences a second, asked or not."""

    def __init__(self, clock: Clock, sent: Wire, heard: Wire, *, seed: int = 0) -> None:
        self._clock = clock
        self._heard = heard
        self._told = seed
        lead_nowhere(sent)
        self._tell()

    def _tell(self) -> None:
        self._told += 1
        body = POSITION.format(time=f"{120_000 + self._told % 60:06d}.00").encode()
        sentence = b"$%s*%02X\r\n" % (body, reduce(xor, body))
        self._heard.forget(self._clock.now_ps - PS_PER_S)
        self._heard.send(self._clock.now_ps, NMEA, sentence)
        self._clock.alarm(self._clock.now_ps + PS_PER_S // 5, self._tell)


class Modem:
    """Echoes what it is sent at the host's own rate; answers OK to AT, and ERROR to the rest."""

    def __init__(self, clock: Clock, sent: Wire, heard: Wire) -> None:
        self._clock = clock
        self._sent = sent
        self._heard = heard
        self._line = bytearray()
        self._format = Format.at(115_200)
        self._receiver = Receiver(sent, self._format, 0)
        sent.listeners.append(self._take)

    def _take(self) -> None:
        """It has found the rate from the AT of an earlier call, as modems do."""
        last = self._sent.signals[-1] if self._sent.signals else None
        line_format = getattr(last, "format", self._format)
        self._receiver.retune(Format(line_format.bit_ps), self._clock.now_ps)
        self._format = self._receiver.format
        for character in self._receiver.take(self._sent.end_ps + PS_PER_S, 1 << 16):
            self._clock.alarm(character.ready_ps, partial(self._hear, character.value))

    def _hear(self, value: int) -> None:
        self._say(bytes([value]))
        self._line.append(value)
        if value == CARRIAGE_RETURN:
            asked, self._line = bytes(self._line).strip().upper(), bytearray()
            self._say(b"\r\nOK\r\n" if asked.startswith(b"AT") else b"\r\nERROR\r\n")

    def _say(self, data: bytes) -> None:
        self._heard.forget(self._clock.now_ps - PS_PER_S)
        self._heard.send(self._clock.now_ps, self._format, data)
