"""How long a write takes over the USB of a virtual STM32F405RG's ROM, and the least that it can.

swdflash runs in this process, and all of its time counts, from opening the device to leaving the
ROM. dfu-util is a process on a machine that umockdev mocks, where time is the wall clock's; what is
counted of it are its transfers, what the chip does meanwhile, and the pauses that the device asks
for (bwPollTimeout), which it keeps; not what else it sleeps, or what the host's CPU takes.

dfu-util does not verify, and erases whatever it writes; swdflash --no-verify leaves out the first.
The ROM programs byte by byte until it is told the supply's range (`@Device Feature`, AN2606):
swdflash does that; dfu-util does it where a byte is written there first, `told 3.3 V`.

`Device` is the least: DNLOAD and UPLOAD of wTransferSize, for each DNLOAD a GETSTATUS that sets it
going and one that sees its end, and between them what the ROM takes to erase, or to program 32 bits
at once; addresses need not be set, and nobody asks the device who it is. What may be there already,
or be blank, is read first, which is less than erasing it.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.bench_figure import Case, Figure, board_in_rom, figure, firmware
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.flashing.plan import PlanOptions
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.rom_factory import open_at
from swdflash.links.via import parse
from swdflash.sim.cables.cabling import cables_of
from swdflash.sim.cables.exec import served
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hostside.usb import Setup
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.umockdev import machine
from swdflash.sim.cables.usb_socket import UsbSocket, transfer_s
from swdflash.sim.chip.rom.dfu_commands import Polls
from swdflash.sim.chip.rom.dfu_protocol import Request, State
from swdflash.sim.chip.rom.f4_memory import HCLK_HZ, UNIT_CYCLES
from swdflash.sim.faults import NO_FAULTS
from swdflash.target.identify_rom import identify_rom

CHIP = "STM32F405RG"
WAY = "USB DFU"
TOLD = "dfu-util, told 3.3 V"
TOOLS = ("dfu-util", TOLD)  # processes
STATUS_BYTES = 6
VOLTAGE_AT, FROM_2V7 = 0xFFFF_0000, b"\x03"  # `@Device Feature`, and 2.7 V to 3.6 V (AN2606)
TIMEOUT_S = 300


@dataclass(frozen=True)
class Device:
    """The least that a job takes."""

    chip: Chip

    def read_s(self, size: int) -> float:
        """UPLOAD."""
        return size // self._block * transfer_s(self._block)

    def write_s(self, size: int) -> float:
        """DNLOAD, and programming it."""
        units = self._block // self.chip.flash.unit
        program_s = units * (self.chip.flash.program.typ + UNIT_CYCLES / HCLK_HZ)
        pause_s = max(program_s, Polls().write / 1000)
        return size // self._block * (transfer_s(self._block) + self._asking_s + pause_s)

    def erase_s(self, size: int) -> float:
        """All sectors up to a size, or all there are by one command."""
        flash = self.chip.flash
        if size == flash.span.size:
            return self._command_s(1) + flash.mass_erase.typ
        sectors = [sector for sector in flash.sectors if sector.start < flash.start + size]
        return sum(self._command_s(5) + flash.erase_time(sector).typ for sector in sectors)

    def _command_s(self, size: int) -> float:
        return transfer_s(size) + self._asking_s

    @property
    def _asking_s(self) -> float:
        return 2 * transfer_s(STATUS_BYTES)

    @property
    def _block(self) -> int:
        """Its wTransferSize."""
        assert self.chip.rom.dfu is not None
        return self.chip.rom.dfu.transfer_bytes


class Metered(UsbSocket):
    """A board's USB socket that counts what the program at the other end is charged with."""

    counted_s = 0.0

    def control(self, setup: Setup, data: bytes, timeout_ms: int) -> bytes:
        """One request: the transfer, and the chip's work or the pause, whichever is longer."""
        began = self.board.clock.now
        answer = super().control(setup, data, timeout_ms)
        took = self.board.clock.now - began
        pause_s = asked_for(answer) if setup.request == Request.GETSTATUS else 0.0
        self.counted_s += max(took, transfer_s(len(answer)) + pause_s)
        return answer


def asked_for(status: bytes) -> float:
    """The bwPollTimeout of an answer to GETSTATUS, in seconds; 0 where there is nothing to do."""
    _status, low, high, state, _text = struct.unpack("<BHBBB", status)
    return (low | high << 16) / 1000 if state in (State.DNBUSY, State.MANIFEST) else 0.0


def every_figure(folder: Path) -> Iterator[Figure]:
    """Each job, each tool, without verifying and with it."""
    chip = chip_named(CHIP)
    size = chip.flash.span.size
    for case in every_case(chip, size, verify=True):
        yield by_swdflash(chip, case, "swdflash", folder, verify=True)
    for case in every_case(chip, size, verify=False):
        yield by_swdflash(chip, case, "swdflash --no-verify", folder, verify=False)
        for tool in TOOLS:
            yield by_process(chip, case, tool, folder)


def every_case(chip: Chip, size: int, *, verify: bool) -> tuple[Case, ...]:
    """Onto nothing, onto something else, onto the same, for so many bytes."""
    old, new, device = firmware(chip, 1, size), firmware(chip, 2, size), Device(chip)
    blank = bytes([chip.flash.erased]) * size
    look_s = device.read_s(size)
    anew_s = device.write_s(size) + (look_s if verify else 0.0)
    return (
        Case("erased flash", blank, new, look_s + anew_s),
        Case("full write", old, new, device.erase_s(size) + anew_s),
        Case("unchanged", new, new, look_s),
    )


def by_swdflash(chip: Chip, case: Case, tool: str, folder: Path, *, verify: bool) -> Figure:
    """All of its time."""
    board, kept = board_in_rom(chip, case.before)
    hub = Hub(cables_of(board, NO_FAULTS))
    pace = Pace(hub.now, lambda seconds: hub.wait_until(hub.now() + seconds), simulated=True)
    assert board.usb is not None
    place = board.usb.identity.serial
    with Host(hub):
        started = hub.now()
        with open_at(parse("dfu:", Engine.AUTO), place, pace, 0) as link:
            target, options = identify_rom(link), PlanOptions(verify=verify)
            image = Image.of(chip.flash.start, case.image)
            prepare_write(target, image, options, journals=folder / "journals").carry_out()
        took = hub.now() - started
    return figure(WAY, case, tool, took, kept)


def by_process(chip: Chip, case: Case, tool: str, folder: Path) -> Figure:
    """dfu-util, once or twice, on the same board."""
    image, voltage = folder / "image.bin", folder / "voltage.bin"
    image.write_bytes(case.image)
    voltage.write_bytes(FROM_2V7)
    write = ("dfu-util", "-a", "0", "-s", f"{chip.flash.start:#x}:leave", "-D", str(image))
    tell = ("dfu-util", "-a", "3", "-s", f"{VOLTAGE_AT:#x}", "-D", str(voltage))
    board, kept = board_in_rom(chip, case.before)
    assert board.usb is not None
    socket = Metered(board, board.usb)
    codes = [run_on_machine(socket, argv) for argv in ([tell, write] if tool == TOLD else [write])]
    return figure(WAY, case, tool, socket.counted_s, kept, max(codes))


def run_on_machine(socket: UsbSocket, argv: Sequence[str]) -> int:
    """Its exit code."""
    program = shutil.which(argv[0]) or argv[0]
    with served(Hub([socket])) as reach:
        words = [program, *argv[1:]]
        command = machine(reach.folder, reach.hostside, reach.socket, words, argv[0])
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        ran = subprocess.run(command, env=os.environ, check=False, timeout=TIMEOUT_S, **quiet)
    return ran.returncode
