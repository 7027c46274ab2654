"""Which of OpenOCD's configurations drives a probe: the arguments that it is started with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swdflash.chips.probes import Probe
from swdflash.links.base import Connect
from swdflash.links.openocd.errors import NoInterfaceConfig
from swdflash.links.openocd.tcl import braced, command

DAPDIRECT = "dapdirect_swd"
HLA = "hla_swd"
SWD = "swd"
DEFAULT_TARGET = "target/stm32f1x.cfg"

# By the protocol that a probe speaks (`kind` in targets/probes.toml): the file, the transport.
INTERFACES = {
    "stlink": ("interface/stlink-dap.cfg", DAPDIRECT),
    "cmsis-dap": ("interface/cmsis-dap.cfg", SWD),
    "jlink": ("interface/jlink.cfg", SWD),
}
STLINK_HLA = "interface/stlink.cfg"

# NRST is wired, a chip in reset answers on SWD, and nothing else resets it.
RESETS = "reset_config srst_only srst_nogate"
UNDER_RESET = "connect_assert_srst"
IN_RESET = (Connect.PRE_RESET, Connect.UNDER_RESET, Connect.IN_RESET)


@dataclass(frozen=True)
class Interface:
    """How OpenOCD reaches a probe: files, then commands, in this order."""

    files: tuple[str, ...]
    commands: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    probe: str = "a probe"  # for people
    ours: bool = True  # chosen here; else the user's own files say all

    def arguments(self, target: str, connect: Connect) -> list[str]:
        """What `openocd` is given. A target configuration that files bring with them stays."""
        commands = [
            f"if {{![llength [target names]]}} {braced(f'source [find {command(target)}]')}",
            *([_quiet_examination()] if self.ours else []),
            *([f"{RESETS} {UNDER_RESET}"] if connect in IN_RESET else [RESETS]),
        ]
        return [
            *_each("-s", self.search),
            *_each("-f", self.files),
            *_each("-c", self.commands),
            *_each("-c", commands),
        ]


def _each(flag: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def _quiet_examination() -> str:
    """Leave DBGMCU_CR as the firmware has it; stm32f1x.cfg sets bits in it whenever it attaches."""
    return "foreach each [target names] { $each configure -event examine-end {} }"


def interface_for(kind: Probe, serial: str, transport: str | None) -> Interface:
    """The configuration for a probe found on USB. Raises `NoInterfaceConfig`."""
    files, usual = _files(kind)
    chosen = transport or usual
    if kind.kind == "stlink" and chosen == HLA:
        files = (STLINK_HLA,)
    return Interface(
        files,
        (*([_serial(serial)] if serial else []), command("transport", "select", chosen)),
        probe=f"{kind.name} {serial}".strip(),
    )


def _files(kind: Probe) -> tuple[tuple[str, ...], str]:
    """The files, and the transport to choose unless told. Raises `NoInterfaceConfig`."""
    if kind.openocd:
        return kind.openocd, SWD
    if kind.kind in INTERFACES:
        file, transport = INTERFACES[kind.kind]
        return (file,), transport
    reason = f"it is a {kind.kind} device, which says nothing of how it is wired"
    raise NoInterfaceConfig(kind.name, reason, kind.openocd_candidates)


def users_own(files: Sequence[str], search: Sequence[str], transport: str | None) -> Interface:
    """The user's own files, found in the working directory, then in `search`, then in OpenOCD's."""
    commands = (command("transport", "select", transport),) if transport else ()
    return Interface(tuple(files), commands, tuple(search), probe=f"({files[0]})", ours=False)


def _serial(serial: str) -> str:
    """OpenOCD 0.11 knows it by the name of each driver only."""
    words = command(serial)
    return f"if {{[catch {{adapter serial {words}}}]}} {{ hla_serial {words} }}"


def stlink_server(port: int, probe: str, transport: str | None) -> Interface:
    """The configuration for a probe behind an ST-Link server on this machine."""
    if transport == HLA:
        commands = (f"hla_stlink_backend tcp {port}", "transport select hla_swd")
        return Interface((STLINK_HLA,), commands, probe=probe)
    commands = (f"st-link backend tcp {port}", "transport select dapdirect_swd")
    return Interface(("interface/stlink-dap.cfg",), commands, probe=probe)
