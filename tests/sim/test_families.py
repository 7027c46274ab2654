"""Whole boards with an STM32F405 or F072: their firmware, their SWD pins, their protection."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.swd_port import SwdPort
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.errors import NoSuchProtection
from swdflash.sim.probes.swd_master import SwdMaster
from swdflash.sim.store import Kept, Record
from swdflash.sim.uart.frames import Burst
from swdflash.sim.unpowered import protect, protection
from swdflash.sim.wiring import Wiring
from tests.firmware.boards import board_with, elf, segments

FLASH = 0x0800_0000


@dataclass(frozen=True)
class Kind:
    """A chip, its firmware, and the pin of port C at which that blinks."""

    chip: str
    firmware: str
    led: int

    def __str__(self) -> str:
        return self.chip

    def board(self, name: str = "blinky", **wiring: Any) -> VirtualBoard:
        """Not powered yet."""
        return board_with(f"{self.firmware}_{name}", chip=self.chip, **wiring)

    def booted(self, name: str = "blinky", **wiring: Any) -> VirtualBoard:
        board = self.board(name, **wiring)
        board.boot()
        return board

    def kept(self, **wiring: Any) -> Kept:
        """The same as the store has it."""
        chip = chip_named(self.chip)
        record = Record(chip=self.chip, wiring=Wiring(serial="F" * 24, **wiring))
        kept = Kept(self.firmware, record, chip, NonVolatile.from_factory(chip, bytes(range(12))))
        for segment in segments(f"{self.firmware}_blinky"):
            at = segment.address - FLASH
            kept.nonvolatile.flash[at : at + len(segment.data)] = segment.data
        return kept

    def toggles(self, board: VirtualBoard, seconds: float) -> int:
        edges = board.chip.periphery.ports["C"].edge_count
        before = edges[self.led]
        board.spend(seconds)
        return edges[self.led] - before


F405, F072 = Kind("STM32F405RG", "f405", 1), Kind("STM32F072RB", "f072", 6)
KINDS = pytest.mark.parametrize("kind", [F405, F072], ids=str)


def read(board: VirtualBoard, address: int, master: Master = Master.DEBUG) -> int:
    return board.chip.bus.read(address, 4, master)


@KINDS
def test_firmware_blinks_and_speaks(kind: Kind) -> None:
    board = kind.board()
    said: list[Burst] = []
    usart = board.chip.periphery.usarts["USART1"]  # type: ignore[attr-defined]
    usart.transmit = said.append
    board.boot()
    assert kind.toggles(board, 1.1) in (4, 5)
    assert b"".join(bytes(burst.data) for burst in said) == b"blinky\r\n"
    assert not board.chip.core.locked_up


@KINDS
def test_firmware_that_makes_swclk_an_input_ends_swd(kind: Kind) -> None:
    board = kind.booted("swd_off", uptime_s=0.1)
    lost = board.chip.swd_lost
    assert lost is not None
    assert lost.at_s == pytest.approx(10e-3, abs=1e-3)
    assert lost.cause_register == "GPIOA_MODER"
    listing = ("-d", f"--start-address={lost.cause_pc}", elf(f"{kind.firmware}_swd_off"))
    command = ("arm-none-eabi-objdump", *listing)
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    instruction = listed.partition(f"{lost.cause_pc:x}:\t")[2].partition("\t")[2]
    assert instruction.startswith("str")
    with pytest.raises(SwdError) as silence:
        SwdMaster(SwdPort(board)).connect()
    assert silence.value.ack is Ack.NONE
    assert kind.toggles(board, 1.0) >= 2


@KINDS
def test_a_reset_gives_swd_back(kind: Kind) -> None:
    board = kind.booted("swd_off", uptime_s=0.1)
    board.drive_nrst(low=True)
    assert board.chip.swd_alive
    SwdMaster(SwdPort(board)).connect()
    board.drive_nrst(low=False)
    board.spend(0.1)
    assert not board.chip.swd_alive


@KINDS
def test_boot0_starts_the_rom(kind: Kind) -> None:
    board = kind.booted(boot0=1)
    assert board.chip.boot_source is BootSource.SYSTEM_MEMORY
    assert board.chip.rom.listening
    assert kind.toggles(board, 1.0) == 0


def test_boot1_chooses_on_an_f405_and_is_no_pin_of_an_f072() -> None:
    sources = [kind.booted(boot0=1, boot1=1).chip.boot_source for kind in (F405, F072)]
    assert sources == [BootSource.SRAM, BootSource.SYSTEM_MEMORY]


@KINDS
def test_an_empty_chip_locks_up(kind: Kind) -> None:
    chip = chip_named(kind.chip)
    nonvolatile = NonVolatile.from_factory(chip, bytes(12))
    board = VirtualBoard(chip, nonvolatile, Wiring(serial="0"))
    board.boot()
    assert board.chip.core.locked_up


@KINDS
def test_level_1_shuts_flash_against_a_debugger(kind: Kind) -> None:
    kept = kind.kept()
    protect(kept, 1)
    assert protection(kept) == 1
    board = VirtualBoard.of(kept)
    board.boot()
    assert kind.toggles(board, 1.1) in (4, 5)
    with pytest.raises(BusFault):
        read(board, FLASH)
    board.power_off()
    protect(kept, 0)
    assert kept.nonvolatile.flash[:64] == b"\xff" * 64


@KINDS
def test_level_2_is_a_chip_with_neither_swd_nor_rom(kind: Kind) -> None:
    kept = kind.kept(boot0=1)
    protect(kept, 2)
    assert protection(kept) == 2
    board = VirtualBoard.of(kept)
    board.boot()
    assert board.chip.boot_source is BootSource.FLASH
    assert kind.toggles(board, 1.1) in (4, 5)
    assert not board.chip.swd_alive
    with pytest.raises(SwdError):
        SwdMaster(SwdPort(board)).connect()


def test_an_f1_has_no_level_2() -> None:
    chip = chip_named("STM32F103C8")
    record = Record(chip="STM32F103C8", wiring=Wiring(serial="F" * 24))
    kept = Kept("pill", record, chip, NonVolatile.from_factory(chip, bytes(12)))
    with pytest.raises(NoSuchProtection):
        protect(kept, 2)
