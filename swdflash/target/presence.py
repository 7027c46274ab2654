"""What being connected changes on a chip, and its undoing when the debugger leaves."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from swdflash.chips.arm import DHCSR
from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError
from swdflash.links.interrupts import interrupts_wait
from swdflash.target.dbgmcu import CR, Dbgmcu, change_dbgmcu, dbgmcu_of, mask_of, read_dbgmcu


class OnConnect(StrEnum):
    """What becomes of DBGMCU_CR while swdflash is connected, and afterwards."""

    KEEP = "keep"  # left alone; only a write freezes the watchdogs, while it holds the core
    DEBUG = "debug"  # low-power and watchdog bits are set, and stay set
    RESTORE = "restore"  # they are set while connected, and put back as found


class Presence:
    """A debugger's traces on a chip: bits in DBGMCU_CR, and a core stopped on the way in.

    With the low-power bits SWD goes on answering in Sleep, Stop and Standby, and with the watchdog
    bits the watchdogs stand still while the core does (RM0008 §31.16.1, §31.16.2). A reset does
    not clear them, so what is not put back stays until the power goes.
    """

    def __init__(
        self,
        link: DebugLink,
        chip: Chip,
        policy: OnConnect = OnConnect.KEEP,
        *,
        stopped_core: bool = False,
        found: int | None = None,
    ) -> None:
        """`found` is what DBGMCU_CR held, where something has changed it on the way in."""
        self._link = link
        self._chip = chip
        self._policy = policy
        self._stopped_core = stopped_core
        self._found = found
        self._added = 0  # bits that were 0 when found

    @property
    def found(self) -> Dbgmcu | None:
        """DBGMCU_CR before anything of it was changed; None where nothing was."""
        return None if self._found is None else dbgmcu_of(self._chip, self._found)

    def begin(self) -> None:
        """Set what the policy asks for; nothing stays of it if that fails. Raises LinkError."""
        try:
            if self._found is not None:
                self._added = self._link.read32(self._chip.registers[CR]) & ~self._found
            elif self._policy is not OnConnect.KEEP:
                self._add("low-power", "watchdogs")
        except BaseException as error:
            self.leave(error)
            raise

    def freeze_watchdogs(self) -> None:
        """Watchdogs stand still while the core is halted. Raises LinkError."""
        self._add("watchdogs")

    def _add(self, *groups: str) -> None:
        names = family_of(self._chip).dbgmcu.groups
        wanted = mask_of(self._chip, (name for group in groups for name in names[group]))
        value = self._link.read32(self._chip.registers[CR])
        if self._found is None:
            self._found = value
        if missing := wanted & ~value:
            self._added |= missing
            self._link.write32(self._chip.registers[CR], value | missing)

    def change(self, contents: Mapping[str, int]) -> tuple[Dbgmcu, Dbgmcu]:
        """Change fields to stay as they are told; before and after, without what only we need.

        Raises DbgmcuNotTaken, LinkError.
        """
        before = self.found or read_dbgmcu(self._link, self._chip)
        self._added &= ~mask_of(self._chip, contents)
        after = change_dbgmcu(self._link, self._chip, contents)
        return before, dbgmcu_of(self._chip, after.value & ~self._added)

    def change_in_reset(self, contents: Mapping[str, int]) -> tuple[Dbgmcu, Dbgmcu, bool]:
        """The same while NRST is low, before firmware can do anything about it; resets the chip.

        The register "can be written by the debugger under system reset" (RM0008 §31.16.3). The
        last of the results is whether the core was seen in reset: NRST may not be wired.
        """
        self._link.read32(DHCSR.address)  # S_RESET_ST is sticky; reading clears it
        self._link.drive_nrst(low=True)
        try:
            before, after = self.change(contents)
            in_reset = DHCSR(self._link.read32(DHCSR.address)).S_RESET_ST
            self.hand_over()
        finally:
            self._link.drive_nrst(low=False)
        return before, after, in_reset

    def put_back(self) -> None:
        """DBGMCU_CR as it was found, but for what others changed meanwhile. Raises LinkError."""
        if not self._added or self._policy is OnConnect.DEBUG:
            return
        register = self._chip.registers[CR]
        value = self._link.read32(register)
        if value & self._added:
            self._link.write32(register, value & ~self._added)
        self._added = 0

    def hand_over(self) -> None:
        """Put DBGMCU_CR back; whether the core runs is the caller's business from now on.

        To be called before a reset: firmware may cut SWD right after it. Raises LinkError.
        """
        self._stopped_core = False
        self.put_back()

    def keep_core(self) -> None:
        """Whether the core runs is the caller's business; DBGMCU_CR stays for now."""
        self._stopped_core = False

    def leave(self, error: BaseException | None = None) -> None:
        """Put DBGMCU_CR back, and let a core go that was stopped on the way in.

        Raises nothing; `error`, if one ends the work, gets a note of how the chip is left.
        """
        with interrupts_wait():
            try:
                self.put_back()
                if self._stopped_core:
                    self._link.resume()
                halted = error is not None and self._link.is_halted()
            except LinkError:
                if error is not None and self._added:
                    error.add_note(self._not_put_back())
            else:
                if error is not None and halted:
                    error.add_note("the core is halted")

    def _not_put_back(self) -> str:
        found = self._found or 0
        return (
            f"DBGMCU_CR could not be put back: it was {found:#010x}, and may read "
            f"{found | self._added:#010x} until the board loses its power"
        )
