"""Opens the link through pyOCD."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

from swdflash.host import pyocd_log
from swdflash.links.base import Connect, LinkInfo
from swdflash.links.pyocd.attachment import Attachment, find_probe
from swdflash.links.pyocd.debug_link import PyocdLink
from swdflash.links.pyocd.exceptions import translated
from swdflash.links.via import parse

DEFAULT_CLOCK_HZ = 4_000_000


def open_link(
    uid: str,
    *,
    via: str,
    connect: Connect,
    clock_hz: int | None,
    held: ExitStack,
    insist_s: float = 0.0,
    simulated: bool = False,
    now: Callable[[], float] = time.monotonic,
) -> PyocdLink:
    """Open the probe with this serial number and connect to the chip behind it.

    `via` may name its socket (`?path=1-4.2`), where several say the same number. A chip that does
    not answer is called again and again for `insist_s`. `held` is closed with the link, or at once
    if opening fails.
    """
    pyocd_log.quiet()
    with held:
        with translated(uid):
            attachment = Attachment(find_probe(uid, parse(via).option("path")))
        info = LinkInfo(via, "pyocd", attachment.name, 0, simulated)
        link = PyocdLink(attachment, info, now)
        held.callback(link.close)
        link.open(connect, clock_hz or DEFAULT_CLOCK_HZ, insist_s)
        link.hold(held.pop_all())
        return link
