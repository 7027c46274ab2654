"""What is plugged into this machine. pyOCD is loaded when it is asked for: it takes its time."""

from __future__ import annotations

from collections.abc import Mapping

from swdflash.api.targets import open_target
from swdflash.doctor.facts import Facts, Trial
from swdflash.errors import SwdflashError
from swdflash.host.found import Attached, Firmware


def find_attached() -> Attached:
    """Probes, serial ports and chips in DFU mode, those that may not be opened included."""
    from swdflash.host import attached  # noqa: PLC0415

    return attached.find_attached()


def probe_firmware() -> Mapping[str, Firmware]:
    """The firmware of every ST-Link that can be opened, by serial number."""
    from swdflash.host import firmware  # noqa: PLC0415

    return firmware.st_link_firmware()


def await_change(since: Attached) -> Attached:
    """What is plugged in once it is something else than `since`."""
    from swdflash.host import attached  # noqa: PLC0415

    return attached.await_change(since)


def gather_facts(via: str) -> Facts:
    """Everything that `examine` judges; opens the probe that `via` leads to, if one is there."""
    from swdflash.doctor import gather  # noqa: PLC0415

    return gather.gather(lambda attached: _try_out(via, attached))


def _try_out(via: str, attached: Attached) -> Trial | None:
    """Open the probe and look at the chip; neither is changed."""
    if via == "auto" and not attached.probes:
        return None
    try:
        with open_target(via, recover=False) as target:
            info = target.link.info
            return Trial(info.via, f"{target.chip.name} answers, by {info.engine}")
    except SwdflashError as trouble:
        return Trial(via, trouble=trouble.explain())
