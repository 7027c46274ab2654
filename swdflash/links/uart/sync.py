"""Finding the ROM on the line, and getting into step with it again.

To 0x7F a ROM that has just started measures its rate and answers ACK. To one that is in step
already it is half a command: with the next byte it is refused, NACK (AN3155 §1; table 2, note).
Nothing is sent here but 0x7F to whatever has not yet shown that it is a ROM, and then 0xFF.
"""

from __future__ import annotations

import string
from enum import Enum, auto

from swdflash.links.uart.errors import NotTheRom, PortEchoes
from swdflash.links.uart.frames import ACK, FRAME_BYTES, LONGEST_FRAME, NACK, SYNC
from swdflash.links.uart.line import Line, listen, wire_s

KNOCK_S = 0.1  # how long an answer to 0x7F is waited for; a ROM answers within its bit times
QUIET_S = 0.03  # longer than adapters hold bytes back (FTDI: 16 ms): nothing more will come
CHATTER_S = 1.2  # a GPS speaks once a second
MOST_HEARD = 200  # bytes of chatter that are enough to show
GLITCH = 3  # bytes that a reset, or a wire that is touched, may leave on a line
TOO_LONG = 600  # more than a ROM says at once, whoever asked it

KNOCKS = 3  # the first may be lost, or be the second half of a command
FILLER = 0xFF  # nearly all of it is idle line; see `frames.filler_for`
CHUNKS = (32, 1024)  # bytes of filler at a time: of a frame of usual length, and beyond that

PRINTABLE = frozenset(string.printable.encode())


class Found(Enum):
    """What answered to 0x7F."""

    NOTHING = auto()
    STARTED = auto()  # a ROM that has just started, in step now
    IN_STEP = auto()  # one that was in step
    GARBLED = auto()  # something else: noise, another rate, another device


def knock(line: Line, times: int = KNOCKS, *, more_follows: bool = False) -> Found:
    """Send 0x7F up to `times` and see what answers.

    An ACK that something else comes after is none, which takes silence to know; not where it is
    known that `more_follows`: what is asked next (`is_rom`) hears it, too.

    Raises `PortEchoes`, and `NotTheRom` for what speaks at length, or spoke before and does not
    answer.
    """
    spoken = listen(line, QUIET_S, TOO_LONG) if (first := line.read(1, 0.0)) else b""
    spoken = first + spoken  # or the rest of what a ROM was asked for by somebody else
    found, echoes = Found.NOTHING, 0
    for left in range(times, 0, -1):
        if len(spoken) >= TOO_LONG:
            raise _not_the_rom(line, spoken)
        line.write(bytes([SYNC]))
        heard = line.read(1, KNOCK_S + wire_s(line, 2))
        if heard == bytes([ACK]) and more_follows:
            return Found.STARTED
        heard += listen(line, QUIET_S, TOO_LONG) if heard else b""
        if heard in (bytes([ACK]), bytes([NACK]), bytes([NACK, NACK])):
            return Found.STARTED if heard[0] == ACK else Found.IN_STEP
        if len(heard) > GLITCH and (spoken or left == 1):
            raise _not_the_rom(line, heard)
        if len(heard) > GLITCH:  # it was at that already, perhaps
            spoken = heard
            continue
        found = Found.GARBLED if heard else found
        echoes += heard == bytes([SYNC])
    if echoes > 1:
        raise PortEchoes("0x7F came back", line.name)
    if found is Found.NOTHING and len(spoken) > GLITCH:
        raise _not_the_rom(line, spoken)
    return found


def is_rom(line: Line) -> bool:
    """Whether what answered is a ROM: 0x7F twice is no command, and refused by one NACK.

    This tells it from a device that happens to say "y" (0x79, ACK). Asked again where it is not so,
    since a byte may have been lost.
    """
    for _ in range(KNOCKS):
        if _refuses_sync_twice(line):
            return True
        knock(line)
    return False


def _refuses_sync_twice(line: Line) -> bool:
    line.write(bytes([SYNC, SYNC]))
    heard = line.read(1, KNOCK_S + wire_s(line, 3))
    return heard + listen(line, QUIET_S) == bytes([NACK])


def _not_the_rom(line: Line, heard: bytes) -> NotTheRom:
    heard += listen(line, CHATTER_S, max(0, MOST_HEARD - len(heard)))
    return NotTheRom(f"it says {excerpt(heard)}", line.name)


def excerpt(heard: bytes, most: int = 60) -> str:
    """What was heard, for people: as text where it is some, else in hex."""
    if sum(byte in PRINTABLE for byte in heard) * 4 >= len(heard) * 3:
        text = heard.decode("ascii", "replace").strip()
        return repr(text[:most]) + ("…" if len(text) > most else "")
    return heard[: most // 3].hex(" ") + (" …" if len(heard) > most // 3 else "")


def fill_up(line: Line, filler: int = FILLER, most: int = FRAME_BYTES) -> bool:
    """Bring a ROM that waits for the rest of something to where it waits for a command.

    One byte at a time at first: a lone byte of a command is left after a byte was doubled, and the
    NACK must be the answer to the last that was sent, or else one is left again. What a longer
    frame lacks then comes in chunks. Whether it answered NACK, and nothing after that.

    What it may be in the middle of, and what filler does there:
    * a command: 0xFF with anything but 0x00 before it is none, and refused;
    * an address or a size: the checksum is wrong, unless the byte that was lost is the filler; then
      the address is no memory's, or the data that follows is filler, too;
    * data to write: too many bytes are never taken, and the checksum is wrong unless the byte that
      was lost is the filler, or the same byte was lost twice; whoever wrote looks what came of it;
    * pages to erase: as data; the filler names no page of the chip, see `frames.filler_for`;
    * sending, erasing or programming: it does not listen; that is over once the line is quiet.
    """
    listen(line, QUIET_S)
    sent = 0
    while sent < most:
        single = sent < 3 or sent >= most - 3
        chunk = CHUNKS[0] if sent < FRAME_BYTES else CHUNKS[1]
        count = 1 if single else min(chunk, most - 3 - sent)
        line.write(bytes([filler]) * count)
        sent += count
        heard = line.read(1, KNOCK_S + wire_s(line, count + 1))
        heard += listen(line, QUIET_S) if heard else b""
        if NACK in heard:
            return True if count == 1 else fill_up(line, filler, most=6)
        if heard:  # the end of a frame was taken for good, or noise: go on until a NACK
            most += 3
            if most > LONGEST_FRAME + FRAME_BYTES:
                return False
    return False
