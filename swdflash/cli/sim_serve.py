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
from swdflash.sim.serving import serve_bus_pirate, serve_serial, serve_stlink
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
    uart: Annotated[
        bool, typer.Option("--uart", help="As a serial port at the chip's bootloader.")
    ] = False,
    dfu: Annotated[
        bool, typer.Option("--dfu", help="On USB, for dfu-util and others (needs umockdev).")
    ] = False,
) -> None:
    """Keep a virtual board powered for OpenOCD and others, until Ctrl-C.

    The first line on stdout is JSON and says where it is reached.
    """
    chosen = [
        *([_as_stlink(name, stlink_tcp)] if stlink_tcp is not None else []),
        *([_as_bus_pirate(name)] if buspirate else []),
        *([_as_serial_port(name)] if uart else []),
        *([_on_usb(name)] if dfu else []),
    ]
    if len(chosen) != 1:
        wanted = "one of --stlink-tcp PORT, --buspirate, --uart and --dfu is needed"
        raise Misused(wanted, "sim serve")
    with chosen[0] as (found, live):
        terminal.show(found, escape(msgspec.json.encode(found).decode()))  # a str is not wrapped
        terminal.say(*_examples(found), "Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            live()


@contextmanager
def _as_stlink(name: str, port: int) -> Iterator[tuple[SimServed, Callable[[], None]]]:
    with serve_stlink(name, port) as probe:
        yield SimServed(name, stlink_tcp=probe.port), probe.live


@contextmanager
def _as_bus_pirate(name: str) -> Iterator[tuple[SimServed, Callable[[], None]]]:
    with serve_bus_pirate(name) as pirate:
        yield SimServed(name, buspirate=pirate.path), pirate.live


@contextmanager
def _as_serial_port(name: str) -> Iterator[tuple[SimServed, Callable[[], None]]]:
    with serve_serial(name) as line:
        rfc2217 = f"rfc2217://127.0.0.1:{line.port}"
        yield SimServed(name, uart=line.path, rfc2217=rfc2217), line.live


@contextmanager
def _on_usb(name: str) -> Iterator[tuple[SimServed, Callable[[], None]]]:
    with serve_usb(name) as usb:
        environment = dict(usb.environment)
        yield SimServed(name, dfu=ServedUsb(environment, prefix(environment))), usb.live


def _examples(found: SimServed) -> Iterator[str]:
    """What to type to reach the board."""
    if found.uart is not None:
        # A pseudo-terminal has no parity to set, and stm32flash insists; the line is 8E1.
        yield f"stm32flash -m 8n1 -b 115200 -w app.bin -v {found.uart}"
        yield f"swdflash write app.bin --via uart:{found.rfc2217}"
        yield f"python -m serial.tools.miniterm {found.rfc2217} 115200 --parity E"
    elif found.dfu is not None:
        yield f"{found.dfu.command} dfu-util -l"
    else:
        yield f"openocd {_options(found)} -f target/stm32f1x.cfg"


def _options(found: SimServed) -> str:
    """What OpenOCD is to be told to reach the board."""
    if found.buspirate:
        return (
            f"-c 'adapter driver buspirate; buspirate port {found.buspirate}; transport select swd'"
        )
    backend = f"st-link backend tcp {found.stlink_tcp}"
    return f"-f interface/stlink-dap.cfg -c '{backend}; transport select dapdirect_swd'"
