"""What `auto` means where no probe is plugged in: the chip whose USB bootloader runs."""

from __future__ import annotations

import time
from dataclasses import dataclass

from swdflash.host.found import Attached
from swdflash.links.dfu.errors import SeveralDfuDevices
from swdflash.links.via import AUTO

LOOK_AGAIN_S = 0.2


@dataclass(frozen=True)
class RomOnUsb:
    """The only chip in DFU mode, and the way to it."""

    via: str
    product: str
    usb_path: str

    def __str__(self) -> str:
        return f"no probe is plugged in; taking the only chip in DFU mode, {self.via} " + (
            f"({self.product} at USB {self.usb_path})" if self.usb_path else f"({self.product})"
        )


def rom_without_probe(timeout_s: float = 0.0) -> RomOnUsb | None:
    """The chip in DFU mode, where there is no probe of any kind; None where there is neither.

    Either is waited for up to `timeout_s`. A probe wins, even one that cannot be opened: somebody
    has put it there. Raises `SeveralDfuDevices`, `NoUsbLibrary`.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        found = _attached()
        if found.probes or (not found.dfu and time.monotonic() >= deadline):
            return None
        if found.dfu:
            return _only(found)
        time.sleep(LOOK_AGAIN_S)


def _attached() -> Attached:
    """Chips in DFU mode, and probes; serial ports are nothing that could be guessed."""
    from swdflash.host import attached, probes, sysfs  # noqa: PLC0415  (pyOCD takes its time)

    return Attached(probes=probes.find_probes(), dfu=attached.find_dfu(sysfs.usb_devices()))


def _only(found: Attached) -> RomOnUsb:
    ways = {found.via_rom(chip): chip for chip in found.dfu}
    if len(found.dfu) > 1:
        named = {via: f"{chip.product} at USB {chip.usb_path}" for via, chip in ways.items()}
        raise SeveralDfuDevices(f"`--via {AUTO}`, where no probe is plugged in,", named)
    ((via, chip),) = ways.items()
    return RomOnUsb(via, chip.product, chip.usb_path)
