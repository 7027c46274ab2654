"""OpenOCD's drivers for the STM32F4 and F0 against the virtual ones: not a line of them is ours."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.firmware.boards import elf
from tests.peers.openocd import DAPDIRECT, HLA, Rig, Way, openocd, rig


@dataclass(frozen=True)
class Part:
    """A chip, and what OpenOCD calls it."""

    name: str
    target: str  # its script
    driver: str
    firmware: str
    led: int  # number of the pin at port C
    says: str  # what it makes of DBGMCU_IDCODE

    def __str__(self) -> str:
        return self.name


F405 = Part("STM32F405RG", "stm32f4x", "stm32f2x", "f405_blinky", 1, "STM32F4xx")
F072 = Part("STM32F072RB", "stm32f0x", "stm32f1x", "f072_blinky", 6, "STM32F07x")
PARTS = (F405, F072)


def run(part: Part, options: list[str], *commands: str) -> str:
    """What it says; it must end well."""
    ran = openocd(options, "init", "reset halt", *commands, "shutdown", target=part.target)
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def toggles(it: Rig, part: Part) -> int:
    return it.board.chip.periphery.ports["C"].edge_count[part.led]


@pytest.mark.parametrize("way", [DAPDIRECT, HLA], ids=str)
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_program_is_written_verified_and_runs(part: Part, way: Way) -> None:
    with rig(part.name, way) as (it, options):
        said = run(
            part,
            options,
            "flash info 0",
            f"program {elf(part.firmware)} verify reset",
        )
        assert part.says in said
        assert "Verified OK" in said
        before = toggles(it, part)
        it.board.spend(1.1)
        assert toggles(it, part) - before == 4


def test_all_of_flash_is_erased() -> None:
    # An STM32F405 takes eight seconds for that, and for being unlocked below.
    with rig(F072.name, DAPDIRECT) as (it, options):
        it.cells.flash[:] = bytes(len(it.cells.flash))
        began = it.board.clock.now
        run(F072, options, f"{F072.driver} mass_erase 0")
        assert it.flash == b"\xff" * len(it.flash)
        assert it.board.clock.now - began > it.board.chip.chip.flash.mass_erase.typ


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_what_it_protects_stays(part: Part) -> None:
    with rig(part.name, DAPDIRECT) as (it, options):
        run(part, options, "flash protect 0 0 1 on")
        # On the STM32F0 it counts once the option bytes have been loaded.
        it.board.power_cycle()
        it.board.spend(1)
        first, second = it.board.chip.chip.flash.sectors[0], it.board.chip.chip.flash.sectors[4]
        protects = it.board.chip.periphery.flash.options.write_protects
        assert protects(first.start)
        assert not protects(second.start)
        image = f"flash write_image {elf(part.firmware)}"
        refused = openocd(options, "init", "reset halt", image, "shutdown", target=part.target)
        assert refused.returncode != 0
        assert it.flash == b"\xff" * len(it.flash)


def test_it_locks_and_unlocks() -> None:
    """Erasing an F405 for it takes 16 simulated seconds of polling, so that is not done here."""
    part = F072
    with rig(part.name, DAPDIRECT) as (it, options):
        it.cells.flash[:16] = b"a secret to keep"
        run(part, options, f"{part.driver} lock 0")
        it.board.power_cycle()
        it.board.spend(1)
        options_now = it.board.chip.periphery.flash.options
        assert options_now.rdp_active
        assert it.flash[:16] == b"a secret to keep"
        run(part, options, f"{part.driver} unlock 0")
        assert it.flash == b"\xff" * len(it.flash)
        it.board.power_cycle()
        it.board.spend(1)
        assert not options_now.rdp_active


def test_sectors_of_an_f405_take_their_own_time() -> None:
    with rig(F405.name, DAPDIRECT) as (it, options):
        for sector, seconds in ((0, 0.25), (4, 0.55), (11, 1.0)):
            before = it.board.clock.now
            run(F405, options, f"flash erase_sector 0 {sector} {sector}")
            assert it.board.clock.now - before > seconds
