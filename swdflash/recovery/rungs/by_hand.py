"""Ways in for boards without an NRST wire: somebody presses, unplugs or moves a jumper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from swdflash.links.base import Connect
from swdflash.links.errors import LinkError
from swdflash.recovery.awake import stay_awake
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Cause
from swdflash.recovery.hand import Act, Hand
from swdflash.recovery.rung import Missed, Needs, Reached
from swdflash.recovery.vector_catch import arm, await_catch

PATIENCE_S = 10.0  # for a hand

BACK_TO_FLASH = (Act.BOOT0_LOW, Act.RESET)
CURES = frozenset({Cause.SWD_PINS_REMAPPED, Cause.LOW_POWER, Cause.RESET_LOOP, Cause.NO_ANSWER})


def hand_of(bench: Bench) -> Hand:
    """Who was asked for: the ladder climbs these rungs with a hand only."""
    assert bench.hand is not None, "a rung that needs a hand was climbed without"
    return bench.hand


@contextmanager
def putting_back(hand: Hand, *acts: Act) -> Iterator[None]:
    """Where it was in vain, the board is left as it was found."""
    try:
        yield
    except LinkError:
        for act in acts:
            hand.do(act)
        raise


class HandReset:
    """RESET held by hand is NRST low: armed meanwhile, the core stops at its vector."""

    name = "hand-reset"
    needs = Needs.HAND
    risks = "resets the chip"
    told = (
        "hold the RESET button of the board, run `swdflash recover`, let go when it says so "
        "(or connect the probe's NRST wire to the pin marked R, RST or NRST)"
    )
    cures = CURES

    def climb(self, bench: Bench) -> Reached | Missed:
        """Ask for RESET, arm, ask to let go."""
        hand = hand_of(bench)
        hand.do(Act.HOLD_RESET)
        with putting_back(hand, Act.RELEASE_RESET):
            link = bench.open(insist_s=1.0)
            in_reset = arm(link)
        hand.begin(Act.RELEASE_RESET)
        caught = await_catch(link, armed_in_reset=in_reset, patience_s=PATIENCE_S)
        if not caught.halted:
            return Missed("the core did not stop when RESET was let go")
        found = stay_awake(link)
        if caught.at_vector:
            return Reached(link, "RESET by hand: halted at the reset vector", found)
        return Reached(link, "halted where it ran; RESET was not held", found)


class HandPower:
    """A chip that has just got its supply answers, until its firmware gets to the fatal line."""

    name = "hand-power"
    needs = Needs.HAND
    risks = "takes its power away: what is in RAM is lost"
    told = "run `swdflash recover`, then take the board's power away and give it back"
    cures = CURES

    def climb(self, bench: Bench) -> Reached | Missed:
        """Ask for a power cycle, and hammer."""
        hand = hand_of(bench)
        hand.do(Act.POWER_OFF)
        hand.begin(Act.POWER_ON)
        link = bench.open(Connect.HALT, insist_s=PATIENCE_S)
        found = stay_awake(link)
        return Reached(link, "halted right after power came on", found)


class Boot0High:
    """With BOOT0 at 1 the ROM bootloader runs in the firmware's place, and leaves SWD alone."""

    name = "boot0-high"
    needs = Needs.HAND
    risks = "resets the chip"
    told = "move the BOOT0 jumper to 1, press RESET once, and run `swdflash recover` again"
    cures = CURES

    def climb(self, bench: Bench) -> Reached | Missed:
        """Ask for the jumper and a reset."""
        hand = hand_of(bench)
        hand.do(Act.BOOT0_HIGH)
        hand.do(Act.RESET)
        with putting_back(hand, *BACK_TO_FLASH):
            link = bench.open(Connect.HALT, insist_s=1.0)
            found = stay_awake(link)
        why = "the ROM bootloader runs, not the firmware"
        return Reached(link, why, found, BACK_TO_FLASH)
