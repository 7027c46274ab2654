"""What still stands between a user and a probe once the udev rules are in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swdflash.host.access import Access
from swdflash.host.found import Attached
from swdflash.host.surroundings import Surroundings


@dataclass(frozen=True)
class Missing:
    """One thing that is missing, and what mends it."""

    code: str
    what: str
    mend: str


def still_missing(
    around: Surroundings, attached: Attached, group: str | None
) -> tuple[Missing, ...]:
    """Nothing where every probe and every chip in DFU mode can be opened."""
    shut = {Access.DENIED, Access.NO_NODE}
    probes = {probe.access for probe in attached.probes}
    if not shut & (probes | {chip.access for chip in attached.dfu}):
        return ()
    return tuple(obstacles(around)) or (_of_the_user(around, group),)


def obstacles(around: Surroundings) -> Iterator[Missing]:
    """Surroundings in which rules alone do nothing."""
    if around.wsl:
        yield Missing(
            "wsl",
            "Windows has the device until it is handed to WSL",
            "usbipd attach --wsl --busid BUSID (in Windows; `usbipd list` shows BUSID)",
        )
    if around.sandbox == "flatpak":
        yield Missing(
            "flatpak", "a flatpak sees no devices", "flatpak override --user --device=all APP"
        )
    if around.sandbox == "snap":
        yield Missing("snap", "a snap sees no raw USB", "sudo snap connect SNAP:raw-usb")
    if around.container:
        yield Missing(
            "container",
            f"this is a container ({around.container}): rules count on its host only",
            "on the host: swdflash udev install; for the container: --device=/dev/bus/usb",
        )
    elif not around.udev_runs and not around.wsl:
        yield Missing(
            "no-udev",
            "no udev runs here, so no rule is applied",
            "start systemd-udevd, then replug",
        )


def _of_the_user(around: Surroundings, group: str | None) -> Missing:
    """The rules are applied, and do not reach this user."""
    if around.at_the_machine or group is None or group in around.groups_now:
        return Missing("replug", "the device was there before the rules", "unplug it, plug it in")
    if group in around.groups_granted:
        return Missing("log-in-again", f"group {group} counts from the next login", "log in again")
    return Missing(
        "group",
        f"{around.user} is not at the machine, and not in group {group}",
        f"sudo usermod -aG {group} {around.user}, then log in again",
    )
