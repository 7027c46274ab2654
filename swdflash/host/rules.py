"""The udev rules, made from `targets/probes.toml`: the same table that `list` reads.

A person at the machine gets access by TAG uaccess, which 73-seat-late.rules turns into an ACL:
so the file's name must sort before that. A headless machine has nobody at it; for its users there
is a group. Sources: udev(7), systemd's rules.d/70-uaccess.rules.in and 73-seat-late.rules.in,
ModemManager's udev tags (ID_MM_DEVICE_IGNORE, ID_MM_PORT_IGNORE).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from swdflash.chips.probes import Probe, probes

NAME = "60-swdflash.rules"
SIGNATURE = "# Written by swdflash for debug probes, STM32s in DFU mode and serial ports; sha256 "
ABOUT = """\
# To take it away: swdflash udev uninstall
#
# uaccess is for whoever sits at the machine; a group is for those who come over the network.
# Serial ports keep the group that this system gives them (dialout, uucp).
"""
CALLS_ITSELF = '=="*CMSIS-DAP*"'  # what the CMSIS-DAP specification asks of a product's name


def rules(group: str | None) -> str:
    """The whole file; with a `group`, its members have access, too."""
    body = "\n".join([ABOUT, *_body(group), ""])
    return f"{SIGNATURE}{_digest(body)}\n{body}"


def is_ours(text: str) -> bool:
    """Whether `rules` wrote this, now or in another version, and nobody has changed it since."""
    first, _, body = text.partition("\n")
    return first == SIGNATURE + _digest(body)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _body(group: str | None) -> Iterator[str]:
    grant = 'MODE="0660", ' + (f'GROUP="{group}", ' if group else "") + 'TAG+="uaccess"'
    debug = [probe for probe in probes() if probe.is_probe]
    yield 'ACTION=="remove", GOTO="swdflash_end"'
    yield 'SUBSYSTEM=="tty", GOTO="swdflash_tty"'
    yield 'SUBSYSTEM=="hidraw", GOTO="swdflash_hidraw"'
    yield 'SUBSYSTEM!="usb", GOTO="swdflash_end"'
    yield 'ENV{DEVTYPE}!="usb_device", GOTO="swdflash_end"'
    yield ""
    quiet = f'{grant}, ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    usb = [probe for probe in probes() if probe.kind != "serial"]
    yield from _for_each(usb, "ATTR", quiet)
    yield f"ATTR{{product}}{CALLS_ITSELF}, {quiet}"
    yield from ('GOTO="swdflash_end"', "", 'LABEL="swdflash_hidraw"')
    yield from _for_each([probe for probe in debug if probe.kind == "cmsis-dap"], "ATTRS", grant)
    yield f"ATTRS{{product}}{CALLS_ITSELF}, {grant}"
    yield from ('GOTO="swdflash_end"', "", 'LABEL="swdflash_tty"')
    alone = 'TAG+="uaccess", ENV{ID_MM_PORT_IGNORE}="1"'
    yield from _for_each([probe for probe in probes() if probe.vcp], "ATTRS", alone)
    yield f"ATTRS{{product}}{CALLS_ITSELF}, {alone}"
    yield from ("", 'LABEL="swdflash_end"')


def _for_each(kinds: list[Probe], attribute: str, grant: str) -> Iterator[str]:
    """A line for each kind and vendor, under the kind's name."""
    for kind in kinds:
        by_vendor = defaultdict(list)
        for vendor, product in kind.usb:
            by_vendor[vendor].append(f"{product:04x}")
        yield f"# {kind.name}"
        for vendor, products in by_vendor.items():
            ids = f'{attribute}{{idVendor}}=="{vendor:04x}", {attribute}{{idProduct}}=='
            yield f'{ids}"{"|".join(products)}", {grant}'
