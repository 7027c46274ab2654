"""Programs that program chips over a serial port, at the pseudo-terminal of a virtual board."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swdflash.sim.board import VirtualBoard
from swdflash.sim.serving import ServedSerial, serve_serial
from swdflash.sim.store import Record, Store, serial_of
from swdflash.sim.wiring import Wiring

SHIM = Path(__file__).with_name("serial_shim.c")


@dataclass(frozen=True)
class Bench:
    """A served board, and programs that see its serial port with parity and modem lines."""

    served: ServedSerial
    shim: Path

    @property
    def board(self) -> VirtualBoard:
        """What the programs work on."""
        return self.served.board

    @property
    def port(self) -> str:
        """The device file."""
        return self.served.path

    def flash(self, at: int, size: int) -> bytes:
        """Main flash as it is, through nobody's link."""
        with self.served.life.turn:
            return bytes(self.board.chip.periphery.flash.buffer[at : at + size])

    def fill(self, data: bytes) -> None:
        """Put something into flash, as from the factory."""
        with self.served.life.turn:
            self.board.chip.periphery.flash.buffer[: len(data)] = data

    def run(self, *argv: str, shim: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        environment = dict(os.environ)
        if shim:
            environment |= {
                "LD_PRELOAD": str(self.shim),
                "SERIAL_SHIM_DEVICE": self.port,
                "SERIAL_SHIM_CONTROL": str(self.served.control),
            }
        return subprocess.run(
            argv, env=environment, capture_output=True, text=True, check=False, timeout=100
        )


def build_shim(folder: Path) -> Path:
    """Compile the preloaded library."""
    built = folder / "serial_shim.so"
    flags = ["-shared", "-fPIC", "-Wall", "-O1"]
    subprocess.run(["gcc", *flags, "-o", str(built), str(SHIM), "-ldl"], check=True)
    return built


@contextmanager
def bench(shim: Path, *, chip: str = "STM32F103C8", **wires: Any) -> Iterator[Bench]:
    """A board in its bootloader, by its jumper unless `wires` say otherwise; it lives on."""
    wiring = Wiring(serial=serial_of("it"), **{"boot0": 1, "uptime_s": 0.01} | wires)
    Store().create("it", Record(chip=chip, wiring=wiring))
    stop = threading.Event()
    with serve_serial("it") as served:
        living = threading.Thread(target=served.life.live, args=(stop,))
        living.start()
        try:
            yield Bench(served, shim)
        finally:
            stop.set()
            living.join()
