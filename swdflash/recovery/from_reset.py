"""A chip that answers only under reset: run from its vector, and watched until SWD goes.

Run once with the debug bits of DBGMCU_CR set and once without, that tells a core that sleeps from
pins that were taken away. Nothing is written but debug registers; they are put back at the end.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from swdflash.chips.arm import SCR
from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError
from swdflash.recovery.advice import ADVICE, swd_advice, swd_field
from swdflash.recovery.awake import set_awake
from swdflash.recovery.bench import Bench
from swdflash.recovery.culprit import Culprit, find_culprit, swd_registers
from swdflash.recovery.finding import Cause, Finding
from swdflash.recovery.live import examine_live
from swdflash.recovery.notes import Notes, duration
from swdflash.recovery.reset_wire import ResetWire
from swdflash.recovery.rungs.under_reset import UnderReset
from swdflash.recovery.symbols import Symbols
from swdflash.recovery.watch import SILENT, Watched, watch
from swdflash.target.errors import TargetError
from swdflash.target.identify import identify
from swdflash.target.reset import reset_and_run
from swdflash.target.target import Target

LONGEST_S = 3.0  # from reset until SWD goes
MARGIN = 1.5  # times what it took before
PDDS = "PDDS"
SWD_FIELDS = ("SWJ_CFG", "MODER13", "MODER14", "AFRH13", "AFRH14")
LEFT = "reset, DBGMCU_CR as it was found; its firmware runs again"


@dataclass
class FromReset:
    """Runs one chip from its reset vector, as often as needed."""

    bench: Bench
    rung: UnderReset
    notes: Notes
    symbols: Symbols
    wire: ResetWire

    def examine(self, link: DebugLink) -> Finding:
        """`link` is halted at the vector. Raises LinkError, TargetError kinds."""
        target = identify(link)
        chip = target.chip
        found = set_awake(link, chip)
        self.notes.note("DBGMCU_CR", f"{found:#010x}")
        finding = self._run(self._wire_proven(target), chip)
        self._leave(chip, found)
        return replace(finding, left=LEFT)

    def caught(self) -> DebugLink:
        """The chip halted at its vector once more. Raises LinkError kinds."""
        link, _ = self.rung.catch(self.bench)
        return link

    def _wire_proven(self, target: Target) -> DebugLink:
        """The chip at its vector, after one more reset that shows how NRST behaves."""
        try:
            self.wire.prove(target)
        except LinkError as error:
            self.wire.untold(f"reset the chip; a test of it ended: {error}")
            return self.caught()
        return target.link

    def _run(self, link: DebugLink, chip: Chip) -> Finding:
        notes = self.notes
        link.resume()
        seen = watch(link, LONGEST_S, until_asleep=True)
        if seen.silent_from is not None:
            when = f"{duration(seen.last_answer)} to {duration(seen.silent_from)} after reset"
            notes.note("with DBG_SLEEP, DBG_STOP and DBG_STANDBY set, SWD goes", when)
            culprit = find_culprit(
                self.caught, self.caught(), chip, seen.silent_from * MARGIN + 0.05
            )
            return self._remapped(chip, culprit)
        notes.note(
            "with DBG_SLEEP, DBG_STOP and DBG_STANDBY set", f"SWD stays for {seen.seconds:.2f} s"
        )
        if seen.asleep:
            return self._asleep(link, chip, seen)
        return self._otherwise(link, seen)

    def _remapped(self, chip: Chip, culprit: Culprit | None) -> Finding:
        advice, notes = swd_advice(chip), self.notes
        if culprit is None:
            return notes.finding(
                Cause.SWD_PINS_REMAPPED,
                *advice,
                would_prove=f"no store to {' or '.join(swd_registers(chip))} was caught on its "
                f"way: look in the source for {swd_field(chip)}, and for what else stops the chip "
                "then (its supply, a clock)",
            )
        contents = ", ".join(
            f"{name} {field.of(culprit.value):#0{2 + field.width}b}"
            for name, field in chip.layouts[culprit.register].fields.items()
            if name in SWD_FIELDS
        )
        notes.note(culprit.register, f"{culprit.value:#010x} is written: {contents}")
        notes.note("time of the write", f"{duration(culprit.at_s)} after reset at most")
        notes.note("PC", self.symbols.name(culprit.pc))
        if culprit.silent_after:
            notes.note("one instruction later", "SWD does not answer")
            return notes.finding(Cause.SWD_PINS_REMAPPED, *advice)
        return notes.finding(
            Cause.SWD_PINS_REMAPPED,
            *advice,
            would_prove="SWD went on answering after this write: look for a second one",
        )

    def _asleep(self, link: DebugLink, chip: Chip, seen: Watched) -> Finding:
        notes = self.notes
        notes.note("DHCSR.S_SLEEP", f"set at {seen.asleep} of {seen.looks} looks")
        notes.note("low-power mode", mode_of(link, chip))
        again = self.caught()
        bits = chip.registers["DBGMCU_CR"]
        again.write32(bits, 0)
        again.resume()
        without = watch(again, seen.seconds)
        if without.silent_from is None:
            return notes.finding(
                Cause.LOW_POWER,
                *ADVICE[Cause.LOW_POWER],
                would_prove=f"without the bits SWD stayed, too, for {without.seconds:.2f} s",
            )
        notes.note("without them, SWD goes", f"{duration(without.silent_from)} after reset")
        return notes.finding(Cause.LOW_POWER, *ADVICE[Cause.LOW_POWER])

    def _otherwise(self, link: DebugLink, seen: Watched) -> Finding:
        """It goes on answering: what is wrong shows as on a chip that never was silent."""
        finding = examine_live(link, self.notes, self.symbols, self.wire)
        if finding.cause is not Cause.HEALTHY:
            return finding
        return self.notes.finding(
            Cause.NO_ANSWER,
            *ADVICE[Cause.NO_ANSWER],
            would_prove=f"it answered for {seen.seconds:.1f} s after a reset: say after how long "
            "the board went silent, and what it had been told to do",
        )

    def _leave(self, chip: Chip, dbgmcu: int) -> None:
        """Put DBGMCU_CR back and let the firmware run, as after pressing RESET."""
        with suppress(*SILENT, LinkError, TargetError):
            link = self.caught()
            link.write32(chip.registers["DBGMCU_CR"], dbgmcu)
            reset_and_run(link)


def mode_of(link: DebugLink, chip: Chip) -> str:
    """Which low-power mode a sleeping core is in: SLEEPDEEP, then PDDS (RM0008 §5.3)."""
    if not SCR(link.read32(SCR.address)).SLEEPDEEP:
        return "Sleep (SCR.SLEEPDEEP 0)"
    pwr = link.read32(chip.registers["PWR_CR"])
    if chip.layouts["PWR_CR"].fields[PDDS].of(pwr):
        return "Standby (SCR.SLEEPDEEP 1, PWR_CR.PDDS 1)"
    return "Stop (SCR.SLEEPDEEP 1, PWR_CR.PDDS 0)"
