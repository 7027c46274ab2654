"""How long a write takes over the UART of a virtual STM32F103C8's ROM, and the least that it can.

swdflash runs in this process, and all of its time counts, from opening the port to leaving the ROM:
bytes, the adapter, and whatever it waits for. Then, as stm32flash and stm32loader, as a process at
a pseudo-terminal with even parity (a preloaded library, tests/peers/serial_shim.c, carries that):
there only what crosses the wire and what the adapter and the chip take for it is counted, not what
a program sleeps. All begin with a ROM that waits for its first byte, and end with Go.

`Wire` is the least: AN3155's bytes at 11 bits each, one after the other without a pause, and what
the ROM takes to erase and to program, when it does not listen. Acknowledgements that go one way
while bytes go the other cost it nothing, the USB of the adapter neither, and nobody asks the ROM
who it is. What is written is read back; what may be there already is read first, for this ROM has
no Get Checksum.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_figure import Case, Figure, board_in_rom, figure, firmware
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.rom_factory import open_at
from swdflash.links.via import parse
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serial_pty import SerialPty
from swdflash.sim.cables.serialport.socket import plugged_serial
from swdflash.sim.chip.rom.f1_flash import WORD_PS
from swdflash.sim.clock import PS_PER_S
from swdflash.sim.serving import Life, ServedSerial
from swdflash.target.identify_rom import identify_rom
from tests.peers.serial_line import Bench, build_shim

CHIP = "STM32F103C8"
TOOLS = ("swdflash, terminal", "stm32flash", "stm32loader")  # processes
BAUDS = (115_200, 230_400, 460_800)
BITS = 11  # of a byte: start, 8, parity, stop (AN3155 §1)
BLOCK = 256  # bytes of one Read or Write (AN3155 §3.4, §3.6)
READ_SENT = 2 + 5 + 2  # command, address, number of bytes
WRITE_SENT = 2 + 5 + 2  # command, address, number of bytes and checksum around the data
ERASE_ALL_SENT = 2 + 2  # command, 0xFF, 0x00 (AN3155 §3.7)
ERASE_SENT = 2 + 2  # command, number of pages and checksum around their numbers
ACK = 1
ROM_WORD_S = WORD_PS / PS_PER_S  # of the ROM's own code, for each word that it programs


@dataclass(frozen=True)
class Wire:
    """The least that a job takes at a rate."""

    chip: Chip
    baud: int

    def read_s(self, size: int) -> float:
        """Ask, and be answered."""
        return size // BLOCK * self._bytes_s(READ_SENT + ACK + BLOCK)

    def write_s(self, size: int) -> float:
        """Send, and wait until it is programmed."""
        program_s = BLOCK / self.chip.flash.unit * self.chip.flash.program.typ
        rom_s = BLOCK / 4 * ROM_WORD_S
        return size // BLOCK * (self._bytes_s(WRITE_SENT + BLOCK + ACK) + program_s + rom_s)

    def erase_s(self, pages: int) -> float:
        """By one command: so many pages of the usual length, or all there are at once."""
        flash = self.chip.flash
        if pages == len(flash.sectors):
            return self._bytes_s(ERASE_ALL_SENT + ACK) + flash.mass_erase.typ
        return (
            self._bytes_s(ERASE_SENT + pages + ACK) + pages * flash.erase_time(flash.sectors[0]).typ
        )

    def _bytes_s(self, count: int) -> float:
        return count * BITS / self.baud


def every_figure(folder: Path) -> Iterator[Figure]:
    """Each rate, each job, each tool."""
    chip, shim = chip_named(CHIP), build_shim(folder)
    for baud in BAUDS:
        for case in every_case(chip, baud, chip.flash.span.size):
            yield by_swdflash(chip, case, baud, folder)
            for tool in TOOLS:
                yield by_process(chip, case, tool, baud, folder, shim)


def every_case(chip: Chip, baud: int, size: int) -> tuple[Case, ...]:
    """The three jobs of a working day, for so many bytes."""
    old, new, wire = firmware(chip, 1, size), firmware(chip, 2, size), Wire(chip, baud)
    page = chip.flash.sectors[0].size
    at = size // 2 + 100
    patched = new[:at] + bytes([new[at] ^ 0x5A]) + new[at + 1 :]
    look_s = wire.read_s(size)
    full_s = wire.erase_s(size // page) + wire.write_s(size) + look_s
    page_s = wire.erase_s(1) + wire.write_s(page) + wire.read_s(page)
    return (
        Case("full write", old, new, full_s),
        Case("one page", new, patched, look_s + page_s),
        Case("unchanged", new, new, look_s),
    )


def by_swdflash(chip: Chip, case: Case, baud: int, folder: Path) -> Figure:
    """All of its time."""
    board, kept = board_in_rom(chip, case.before)
    started = board.clock.now
    pace = Pace(lambda: board.clock.now, board.spend, simulated=True)
    way = parse(f"uart:bench?baud={baud}", Engine.AUTO)
    with (
        plugged_serial("bench", SerialAdapter(board)) as place,
        open_at(way, place, pace, 0) as link,
    ):
        target = identify_rom(link)
        image = Image.of(chip.flash.start, case.image)
        prepare_write(target, image, journals=folder / "journals").carry_out()
    return figure(name(baud), case, "swdflash", board.clock.now - started, kept)


def name(baud: int) -> str:
    """Of the way, in the table."""
    return f"UART {baud}"


def command_line(tool: str, chip: Chip, baud: int, port: str, image: Path) -> tuple[str, ...]:
    """How it is run: all write, verify and start the program."""
    start, python, rate = f"{chip.flash.start:#x}", sys.executable, str(baud)
    match tool:
        case "stm32flash":
            return ("stm32flash", "-b", rate, "-w", str(image), "-v", "-g", start, port)
        case "stm32loader":
            line = ("-n", "-f", "F1", "-b", rate, "-p", port)
            return (python, "-m", tool, *line, "-e", "-w", "-v", "-g", start, str(image))
        case _:
            options = ("--address", start, "--progress", "none")
            way = ("--via", f"uart:{port}?baud={rate}")
            state = f"SWDFLASH_STATE_DIR={image.parent / 'state'}"
            return ("env", state, python, "-m", "swdflash", "write", str(image), *options, *way)


def by_process(chip: Chip, case: Case, tool: str, baud: int, folder: Path, shim: Path) -> Figure:
    """What it is charged with at the wire."""
    image = folder / "image.bin"
    image.write_bytes(case.image)
    board, kept = board_in_rom(chip, case.before)
    with at_a_terminal(board, shim, folder) as line:
        started = board.clock.now
        ran = line.run(*command_line(tool, chip, baud, line.port, image))
        with line.served.life.turn:
            took = board.clock.now - started
    return figure(name(baud), case, tool, took, kept, ran.returncode)


@contextmanager
def at_a_terminal(board: VirtualBoard, shim: Path, folder: Path) -> Iterator[Bench]:
    """The board's serial port as a device file; time passes there only while it is used."""
    adapter, life, control = SerialAdapter(board), Life(board), folder / "control"
    control.unlink(missing_ok=True)
    with SerialPty(adapter, life.turn, control) as pty:
        yield Bench(ServedSerial(pty.path, control, 0, adapter, board, life), shim)
