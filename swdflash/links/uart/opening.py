"""Opens the ROM bootloader behind a serial port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import serial

from swdflash.host.access import node_facts
from swdflash.host.holders import holders_of
from swdflash.links.errors import BadVia, NoPermission
from swdflash.links.pace import Pace
from swdflash.links.uart import sync
from swdflash.links.uart.an3155 import An3155
from swdflash.links.uart.baud import settle_on_a_rate
from swdflash.links.uart.errors import NoPort, NotTheRom, PortBusy, PortDenied, RomSilent
from swdflash.links.uart.exceptions import translated
from swdflash.links.uart.line import SLICE_S, SerialLine
from swdflash.links.uart.lines import NO_LINES, Driver, lines_of
from swdflash.links.uart.overhear import overheard
from swdflash.links.uart.rom_link import UartRomLink
from swdflash.links.uart.session import RATES, SAFE_BAUD, Session
from swdflash.links.uart.sync import Found
from swdflash.links.via import Via

AGAIN_S = 0.2  # how often a port that is not there is looked for
WRITE_S = 10.0  # a port that takes nothing for so long is dead
FIRST_RATES = (SAFE_BAUD, 57600, 9600)  # what is too noisy at one may do at another
URL = "://"  # what has none in it is a device of this machine


def open_link(
    way: Via, place: str, pace: Pace, *, timeout_s: float, held: ExitStack
) -> UartRomLink:
    """Get in step with the ROM behind the port `place`.

    Port and ROM are waited for up to `timeout_s`: somebody may be plugging in, or pressing RESET.
    Raises `BadVia`, `NoPort`, `PortBusy`, `NoPermission`, `RomSilent`, `NotTheRom`, `PortEchoes`,
    LinkError kinds.
    """
    lines, pinned = lines_of(way), _rate(way)
    deadline = pace.now() + timeout_s
    line = open_line(place, pace, pinned or SAFE_BAUD, name=way.place, timeout_s=timeout_s)
    held.callback(line.close)
    driver = Driver(line, lines, pace)
    session = Session(line, driver, pace, pinned=pinned is not None)
    with _shown_as_text(session):
        find_rom(session, pinned, deadline)
    if driver.resets and pinned is None:
        settle_on_a_rate(session, session.sure(An3155.get_id))
    return UartRomLink(session, str(way), held)


@contextmanager
def _shown_as_text(session: Session) -> Iterator[None]:
    """What is no ROM is shown by what it says, where that is text at any usual rate.

    Mostly that is the chip's own program, and the best hint at a BOOT0 that is low.
    """
    try:
        yield
    except (NotTheRom, RomSilent):
        if said := overheard(session.line, session.driver):
            raise NotTheRom(said, session.line.name) from None
        raise


def open_line(
    place: str, pace: Pace, baud: int, *, name: str = "", timeout_s: float = 0.0
) -> SerialLine:
    """Open a port as a ROM wants it, for us alone, RTS and DTR let go.

    `name` is what it is called for people, if not `place`. One that is not there (or, just plugged
    in, not yet ours to open) is waited for up to `timeout_s`. Raises `NoPort`, `PortBusy`,
    `PortRefuses`, `NoPermission`.
    """
    deadline = pace.now() + timeout_s
    while True:
        try:
            return _open(place, pace, baud, name or place)
        except (NoPort, NoPermission):
            if pace.now() >= deadline:
                raise
            pace.sleep(AGAIN_S)


def _open(place: str, pace: Pace, baud: int, name: str) -> SerialLine:
    with _in_the_way_named(place), translated(name, opening=True):
        port = serial.serial_for_url(
            place,
            do_not_open=True,
            baudrate=baud,
            parity=serial.PARITY_EVEN,
            timeout=SLICE_S,
        )
        if URL not in place:  # pyserial has both for devices only
            port.exclusive = True
            port.write_timeout = WRITE_S
        # A driver asserts both as the port is opened; whoever wired them says so by options.
        port.rts = port.dtr = False
        port.open()
        return SerialLine(port, name, pace)


@contextmanager
def _in_the_way_named(place: str) -> Iterator[None]:
    """Who has a device open, or whom its node lets in, where the system tells."""
    try:
        yield
    except PortBusy as busy:
        holders = holders_of([Path(place)]).values()
        named = ", ".join(str(holder) for each in holders for holder in each)
        raise PortBusy(busy.port, named or busy.detail) from busy
    except PortDenied as denied:
        facts = node_facts(Path(place))
        detail = str(facts) if facts.mode else denied.detail
        raise PortDenied(denied.device, detail, facts.group or denied.group) from denied


def _rate(way: Via) -> int | None:
    text = way.option("baud")
    if text is None or text == "auto":
        return None
    if not text.isdigit() or int(text) == 0:
        raise BadVia(str(way), f"`baud={text}`: a rate is a number such as 115200, or auto")
    return int(text)


def find_rom(session: Session, pinned: int | None, deadline: float) -> None:
    """Get in step with a ROM, whether it has just started or was left in whatever state.

    Raises `RomSilent`, `NotTheRom`, `PortEchoes`.
    """
    while True:
        try:
            if _found(session, pinned):
                return
        except NotTheRom:
            if session.now() >= deadline:
                raise
        if session.now() >= deadline:
            lines = str(session.driver.lines) if session.driver.lines != NO_LINES else ""
            raise RomSilent(_tried(session, pinned), session.line.name, lines)


def _found(session: Session, pinned: int | None) -> bool:
    driver = session.driver
    if driver.resets:
        rates = (pinned,) if pinned else FIRST_RATES
        return any(session.restart(rate) and sync.is_rom(session.line) for rate in rates)
    driver.rest(boot0_high=True)
    return _in_any_state(session, (pinned,) if pinned else (SAFE_BAUD, *_others()))


def _others() -> tuple[int, ...]:
    """Rates at which a ROM may have been left that has not been reset since."""
    return tuple(rate for rate in RATES if rate != SAFE_BAUD)


def _in_any_state(session: Session, rates: tuple[int, ...]) -> bool:
    """Without NRST: it may not have started, be in step, or in the middle of a frame."""
    line = session.line
    garbled = ""
    for rate in rates:
        if not line.set_baud(rate):
            continue
        found = sync.knock(line, more_follows=True)
        if found is Found.NOTHING and sync.fill_up(line):
            found = sync.knock(line, more_follows=True)
        if found in (Found.STARTED, Found.IN_STEP) and sync.is_rom(line):
            return True
        garbled = garbled or ("" if found is Found.NOTHING else f"at {rate} baud")
    line.set_baud(rates[0])
    if garbled:
        raise NotTheRom(f"it answers, but not as AN3155 says, {garbled}", line.name)
    return False


def _tried(session: Session, pinned: int | None) -> str:
    rate = f"at {pinned} baud" if pinned else f"at {SAFE_BAUD} baud and other rates"
    if session.driver.resets:
        return f"nothing came back to 0x7F {rate} after a reset by {session.driver.lines}"
    return f"nothing came back to 0x7F {rate}"
