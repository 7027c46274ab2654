"""What something says that is no ROM: at the rate, and in the format, at which it is text.

Programs mostly print by eight bits without parity, at a rate of their own. Nothing is sent here.
"""

from __future__ import annotations

from swdflash.links.uart.line import Line
from swdflash.links.uart.lines import Driver
from swdflash.links.uart.sync import CHATTER_S, MOST_HEARD, PRINTABLE, excerpt

RATES = (115200, 9600, 57600, 38400, 19200, 230400)  # the usual ones of programs, GPS and modems
LEAST = 4  # bytes that make a text


def overheard(line: Line, driver: Driver) -> str:
    """What it says, with the rate; "" where it is silent, or nothing is text.

    A chip that can be reset is, so that it says again what it says at its start.
    """
    for rate in RATES:
        if not line.set_baud(rate, parity=False):
            continue
        if driver.resets:
            driver.reset(boot0_high=True)
        heard = line.read(MOST_HEARD, CHATTER_S)
        if is_text(heard):
            return f"at {rate} baud it says {excerpt(_from_whole_line(heard))}"
        if not heard:  # what speaks is heard at any rate, as something
            return ""
    return ""


def is_text(heard: bytes) -> bool:
    """Whether nearly all of it is printable; the first byte may have been cut off."""
    printable = sum(byte in PRINTABLE for byte in heard)
    return len(heard) >= LEAST and printable * 10 >= len(heard) * 9


def _from_whole_line(heard: bytes) -> bytes:
    """Without the line in front that was cut off, if bytes of it are garbled."""
    first, _, rest = heard.partition(b"\n")
    return rest if rest and set(first) - PRINTABLE else heard
