"""Reading more than one command gives, and being sure of it.

What a Read answers is covered by no checksum but each byte's parity, which two flipped bits pass
and which not every adapter looks at. Where bytes matter beyond a comparison (they go into a file,
or back into flash beside an image), each block is read until it was the same twice in a row.
"""

from __future__ import annotations

from collections.abc import Iterator

from swdflash.links.errors import TransferFault
from swdflash.links.uart.an3155 import An3155
from swdflash.links.uart.frames import MOST_BYTES
from swdflash.links.uart.session import Session
from swdflash.links.uart.trouble import Nacked
from swdflash.memory import Span


def parts(span: Span) -> Iterator[Span]:
    """The span in pieces of one Read, ends on multiples of 256."""
    at = span.start
    while at < span.end:
        size = min(MOST_BYTES - at % MOST_BYTES, span.end - at)
        yield Span(at, size)
        at += size


def read_once(session: Session, span: Span) -> bytes:
    """The bytes, as they came. Raises `TransferFault`, and what `Session.do` does."""
    return b"".join(_read(session, part, sure=False) for part in parts(span))


def read_sure(session: Session, span: Span) -> bytes:
    """The bytes, as they came twice. Raises `TransferFault`, and what `Session.do` does."""
    return b"".join(_read(session, part, sure=True) for part in parts(span))


def _read(session: Session, part: Span, *, sure: bool) -> bytes:
    def action(rom: An3155) -> bytes:
        return rom.read(part.start, part.size)

    try:
        return session.sure(action) if sure else session.do(action)
    except Nacked as refused:
        raise TransferFault(part.start, f"the ROM answers NACK to {refused.stage.value}") from None
