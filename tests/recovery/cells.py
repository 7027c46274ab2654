"""The table: every firmware on every board, what is wrong with it, and the way back.

`tests/recovery/test_table.py` checks cells of it, `scripts/recovery_table.py` all of them; that
script writes `docs/recovery-table.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from swdflash.api.images import check_image, read_image
from swdflash.flashing.write import prepare_write
from swdflash.links.engine import Engine
from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import diagnose
from swdflash.recovery.errors import HandNeeded
from swdflash.recovery.finding import Cause, Finding
from swdflash.recovery.ladder import LADDER
from swdflash.recovery.recover import recover, require_plain_attach
from swdflash.recovery.rung import Needs, Rung
from swdflash.sim.board import VirtualBoard
from swdflash.sim.wiring import Line
from tests.recovery.hand import PlayedHand
from tests.recovery.scene import BLINKY, Scene, firmware, make_board, on_bench

LED = 13  # PC13 of a Blue Pill

BOARDS: dict[str, dict[str, Any]] = {
    "NRST wired": {},
    "NRST not wired": {"nrst_wired": False},
    "slow NRST": {"nrst_rc_s": 0.2},
    "RTS, DTR wired": {
        "nrst_wired": False,
        "serial_boot0": Line.RTS,
        "serial_nrst": Line.DTR,
    },
    "SWD broken, RTS, DTR wired": {
        "swd_wired": False,
        "nrst_wired": False,
        "serial_boot0": Line.RTS,
        "serial_nrst": Line.DTR,
    },
    "SWD broken, BOOT0 by hand": {"swd_wired": False, "nrst_wired": False},
}
ROMS = {  # ways to the ROM bootloader that are named
    "RTS, DTR wired": "uart:sim:scene?boot0=rts&nrst=dtr",
    "SWD broken, RTS, DTR wired": "uart:sim:scene?boot0=rts&nrst=dtr",
    "SWD broken, BOOT0 by hand": "uart:sim:scene",
}
IN_ROM = [rung for rung in LADDER if rung.needs & (Needs.UART | Needs.DFU)]
"""With broken wires every other rung by hand calls in vain, for ten seconds."""
HANDS = {"NRST not wired", "SWD broken, BOOT0 by hand"}  # there is no other way to a silent chip

# What is wrong, by firmware; each is described at the head of its source.
LOCKOUTS = {
    "swj_off": Cause.SWD_PINS_REMAPPED,
    "swj_off_10ms": Cause.SWD_PINS_REMAPPED,
    "swj_off_2s": Cause.SWD_PINS_REMAPPED,
    "swj_off_in_interrupt": Cause.SWD_PINS_REMAPPED,
    "sleep": Cause.LOW_POWER,
    "sleep_systick": Cause.LOW_POWER,
    "stop_wfi": Cause.LOW_POWER,
    "stop_wfe": Cause.LOW_POWER,
    "standby_rtc": Cause.LOW_POWER,
}
SLEEPERS = {"sleep", "sleep_systick"}  # the debug port goes on answering, memory does not
ANSWERING = {
    "blinky": Cause.HEALTHY,
    "jtag_off": Cause.HEALTHY,
    "pa13_pa14_outputs": Cause.HEALTHY,
    "stop_dbgmcu": Cause.HEALTHY,
    "long_delay": Cause.HEALTHY,
    "iwdg_loop": Cause.RESET_LOOP,
    "wwdg_loop": Cause.RESET_LOOP,
    "lockup": Cause.LOCKUP,
    "wrong_address": Cause.LOCKUP,
    "bad_stack": Cause.LOCKUP,
    "early_fault": Cause.STUCK_IN_HANDLER,
    "offset_app": Cause.STUCK_IN_HANDLER,
    "rdp1": Cause.READ_PROTECTED_1,
    "": Cause.EMPTY_FLASH,
}
UPTIME_S = {"swj_off_2s": 2.5}  # the others have shown what they are like by 0.5 s


@dataclass(frozen=True)
class Cell:
    """One firmware on one board, and what is to come of it."""

    firmware: str
    board: str
    cause: Cause
    proven: bool
    by_hand: bool  # there is no way back without
    engine: Engine = Engine.PYOCD

    def __str__(self) -> str:
        return f"{self.firmware or 'erased'}, {self.board}, {self.engine}"


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    finding: Finding
    rung: str
    told: tuple[str, ...]  # what a hand was told to do
    recovered_s: float  # simulated: from the diagnosis to the core, hand and all
    blinks: bool  # blinky runs in the end


def every_cell() -> Iterator[Cell]:
    """The whole table, row by row."""
    for name, cause in {**LOCKOUTS, **ANSWERING}.items():
        for board, wiring in BOARDS.items():
            broken = not wiring.get("swd_wired", True)
            silent = broken or (name in LOCKOUTS and not wiring.get("nrst_wired", True))
            likely = Cause.LOW_POWER if name in SLEEPERS and not broken else Cause.NO_ANSWER
            by_hand = silent and board in HANDS
            yield Cell(name, board, likely if silent else cause, proven=not silent, by_hand=by_hand)


def virtual_board(cell: Cell) -> VirtualBoard:
    """The board of a cell, not yet switched on."""
    uptime_s = UPTIME_S.get(cell.firmware, 0.5)
    rdp = int(cell.firmware == "rdp1")
    return make_board(cell.firmware, rdp=rdp, uptime_s=uptime_s, **BOARDS[cell.board])


def play(cell: Cell) -> Outcome:
    """Diagnose, recover with blinky (by hand only where there is no other way), and look."""
    with on_bench(virtual_board(cell), cell.engine) as scene:
        elf = firmware(cell.firmware) if cell.firmware else None
        with Bench(scene.way) as bench:
            finding = diagnose(bench, elf)
        began = scene.way.now()
        hand = PlayedHand(scene.board)
        roms = [scene.rom(ROMS[cell.board])] if cell.board in ROMS else []
        with Bench(scene.way, agree=_yes, roms=roms) as bench:
            try:
                rung = get_back(bench, finding)
            except HandNeeded:
                bench.hand = hand
                rung = get_back(bench, finding, IN_ROM if roms else LADDER)
            reached = scene.way.now()
            if scene.board.wiring.swd_wired:
                require_plain_attach(bench)
        return Outcome(finding, rung, tuple(hand.told), reached - began, _blinks(scene))


def get_back(bench: Bench, finding: Finding, rungs: Sequence[Rung] = LADDER) -> str:
    """Recover the board and write blinky; the rung that worked."""
    found = recover(bench, finding, rungs)
    with found.target.link:
        image = check_image(read_image(BLINKY), found.target.chip).image
        prepare_write(found.target, image).carry_out()
    for act in found.climbed.undo:
        assert bench.hand is not None
        bench.hand.do(act)
    return found.climbed.rung.name


def _yes(_action: str) -> None:
    """Agree to everything."""


def _blinks(scene: Scene) -> bool:
    """The LED changes, as the board's own pin tells."""
    began = scene.board.clock.now
    scene.board.spend(1.1)
    edges = scene.board.chip.f1.ports["C"].edges
    return sum(edge.pin == LED and edge.at_s > began for edge in edges) >= 4
