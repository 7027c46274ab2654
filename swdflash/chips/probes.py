"""What is plugged into USB, by its ids, from `targets/probes.toml`."""

from __future__ import annotations

from functools import cache

from swdflash.chips.files import load_rows, targets_directory
from swdflash.chips.row import Row


class Probe(Row, frozen=True):
    """A kind of probe, or a chip's own USB bootloader."""

    name: str
    usb: tuple[tuple[int, int], ...]  # vendor and product ids
    kind: str  # the protocol it speaks
    engines: tuple[str, ...]  # what can drive it, best first
    openocd: tuple[str, ...] = ()  # its configurations, in order, where `kind` does not tell
    openocd_candidates: tuple[str, ...] = ()  # those of boards that share the ids
    vcp: bool = False  # the same USB device has a serial port
    oldest_swd_firmware: int = 0  # the J of ST's V2J24: older is of no use; 0: all are good

    @property
    def is_probe(self) -> bool:
        """Whether it is there to debug with: no bootloader, no serial adapter."""
        return self.kind not in ("dfu", "serial")


class ProbesFile(Row, frozen=True):
    """The whole file."""

    probe: tuple[Probe, ...]


@cache
def probes() -> tuple[Probe, ...]:
    """Every kind known. Raises BadTargetFile."""
    return load_rows(targets_directory() / "probes.toml", ProbesFile).probe


def probe_with(vendor: int, product: int) -> Probe | None:
    """What has these USB ids, or None."""
    return next((probe for probe in probes() if (vendor, product) in probe.usb), None)
