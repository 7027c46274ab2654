"""`swdflash sim serve`: a virtual board that stays powered for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from swdflash.cli.documents.sim import ServedUsb, SimServed
from swdflash.cli.errors import Misused
from swdflash.cli.options import command
from swdflash.cli.terminal import Terminal
from swdflash.sim.cables.umockdev import prefix
from swdflash.sim.serving import serve_bus_pirate, serve_stlink
from swdflash.sim.serving_usb import serve_usb


@command
def serve(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The virtual board.")],
    terminal: Terminal,
    stlink_tcp: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, metavar="PORT", help="As an ST-Link server; 0: any free port."
        ),
    ] = None,
    buspirate: Annotated[
        bool, typer.Option("--buspirate", help="As a Bus Pirate on a serial port.")
    ] = False,
    dfu: Annotated[
        bool, typer.Option("--dfu", help="On USB, for dfu-util and others (needs umockdev).")
    ] = False,
) -> None:
    """Keep a virtual board powered for OpenOCD and others, until Ctrl-C.

    The first line on stdout is JSON and says where it is reached.
    """
    if [stlink_tcp is not None, buspirate, dfu].count(True) != 1:
        raise Misused("one of --stlink-tcp PORT, --buspirate and --dfu is needed", "sim serve")
    with _served(name, stlink_tcp, dfu=dfu) as (found, live):
        terminal.show(found, escape(msgspec.json.encode(found).decode()))  # a str is not wrapped
        terminal.say(_example(found), "Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            live()


@contextmanager
def _served(
    name: str, port: int | None, *, dfu: bool
) -> Iterator[tuple[SimServed, Callable[[], None]]]:
    if dfu:
        with serve_usb(name) as usb:
            environment = dict(usb.environment)
            found = ServedUsb(environment, prefix(environment))
            yield SimServed(name, dfu=found), usb.live
    elif port is None:
        with serve_bus_pirate(name) as pirate:
            yield SimServed(name, buspirate=pirate.path), pirate.live
    else:
        with serve_stlink(name, port) as probe:
            yield SimServed(name, stlink_tcp=probe.port), probe.live


def _example(found: SimServed) -> str:
    if found.dfu:
        return f"{found.dfu.command} dfu-util -l"
    return f"openocd {_options(found)} -f target/stm32f1x.cfg"


def _options(found: SimServed) -> str:
    """What OpenOCD is to be told to reach the board."""
    if found.buspirate:
        return (
            f"-c 'adapter driver buspirate; buspirate port {found.buspirate}; transport select swd'"
        )
    backend = f"st-link backend tcp {found.stlink_tcp}"
    return f"-f interface/stlink-dap.cfg -c '{backend}; transport select dapdirect_swd'"
