"""A ROM that is kept in step: commands are repeated until they are done, or cannot be.

After anything that is not as it should be, the ROM is brought back to where it waits for a command,
and the whole command is given again, address and all. Where RTS and DTR are wired, a ROM that
cannot be brought back is restarted, and a rate at which too much goes wrong is left for a slower
one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from swdflash.links.pace import Pace
from swdflash.links.uart import frames, sync
from swdflash.links.uart.an3155 import An3155
from swdflash.links.uart.errors import LineTooNoisy, RomLost
from swdflash.links.uart.line import Line
from swdflash.links.uart.lines import Driver
from swdflash.links.uart.sync import Found
from swdflash.links.uart.trouble import Nacked, OutOfStep, Stage

LOG = logging.getLogger(__name__)
T = TypeVar("T")

SAFE_BAUD = 115200  # the highest that ST has tested with every ROM (AN3155 §2.2)
RATES = (921600, 460800, 230400, SAFE_BAUD, 57600, 38400, 19200, 9600)
# A ROM listens at most 0.53 s after a reset (STM32F105 with PA9 high, AN2606).
STARTS_S = 1.0
TRIES = 12  # of one command, however it fails
SURE = 3  # times in a row that the same is refused, before it is believed
TRUST = 8  # commands that go well before blocks are sent in a row; then twice as many, and so on
TROUBLE, TOO_MUCH = 8, 80  # each trouble counts as 8 commands that went well; so much is too much


class Session:
    """The ROM at the end of a line."""

    def __init__(self, line: Line, driver: Driver, pace: Pace, *, pinned: bool = False) -> None:
        self.line = line
        self.driver = driver
        self.pace = pace
        self.rom = An3155(line)
        self.starts = 0  # how often the ROM was restarted: what was set in it is then lost
        self.troubles = 0  # all of them, for those who show it
        self._pinned = pinned  # the rate is the user's choice
        self._load = 0
        self._good = 0  # commands in a row that went well
        self._trusted = TRUST  # how many of them it takes until blocks are sent in a row

    def now(self) -> float:
        """Seconds on the link's clock."""
        return self.pace.now()

    def do(self, action: Callable[[An3155], T]) -> T:
        """The action's result, repeated until it comes off.

        The action is one command that does no harm when it is done twice. Raises `Nacked` where it
        is refused in the same place again and again, `RomLost`, `LineTooNoisy`.
        """
        last: Stage | None = None
        alike = 0
        for _ in range(TRIES):
            try:
                result = action(self.rom)
            except OutOfStep as trouble:
                refused = isinstance(trouble, Nacked) or self._is_mute(trouble)
                alike = alike + 1 if refused and trouble.stage is last else int(refused)
                last = trouble.stage
                self.settle(trouble)
                if alike >= SURE:
                    raise Nacked(trouble.stage, trouble.heard) from trouble
            else:
                self._went_well()
                return result
        raise self._noisy(f"{TRIES} tries of the same command failed")

    def sure(self, action: Callable[[An3155], T]) -> T:
        """The action's result, once two in a row are the same: answers have no checksum."""
        before = self.do(action)
        for _ in range(TRIES):
            result = self.do(action)
            if result == before:
                return result
            before = result
        raise self._noisy("the ROM says something else each time it is asked")

    def once(self, action: Callable[[An3155], None]) -> bool:
        """Whether the action came off at its only try; the ROM is in step in any case."""
        try:
            action(self.rom)
        except OutOfStep as trouble:
            self.settle(trouble)
            return False
        self._went_well()
        return True

    def settle(self, trouble: OutOfStep) -> None:
        """Have the ROM wait for a command again. Raises `RomLost`, `LineTooNoisy`."""
        LOG.debug("%s; getting into step again", trouble)
        self.troubles += 1
        self._load += TROUBLE
        self._good = 0
        if self.rom.hasty:
            self.rom.hasty = False
            self._trusted *= 2
        if self._load > TOO_MUCH:
            self.slow_down()
        elif not self._back_in_step(trouble):
            self._begin_again()

    def slow_down(self) -> None:
        """Restart the ROM at the next slower rate. Raises `LineTooNoisy` where that cannot be."""
        slower = [rate for rate in RATES if rate < self.line.baud]
        if self._pinned or not self.driver.resets or not slower:
            raise self._noisy("too many bytes are lost or changed on the way")
        LOG.info("too much goes wrong at %d baud: on at %d", self.line.baud, slower[0])
        for rate in slower:
            if self.restart(rate):
                self._load = 0
                return
        raise RomLost("it did not start again at any slower rate", self.line.name)

    def restart(self, baud: int) -> bool:
        """Reset the chip into its ROM, and get in step at a rate; whether that came off."""
        if not self.line.set_baud(baud):
            return False
        self.starts += 1
        self.driver.reset(boot0_high=True)
        return self.await_start()

    def await_start(self) -> bool:
        """Get in step with a ROM that starts about now. Raises `NotTheRom`, `PortEchoes`."""
        deadline = self.pace.now() + STARTS_S
        while True:
            found = sync.knock(self.line, 1)
            if found in (Found.STARTED, Found.IN_STEP):
                return True
            if self.pace.now() >= deadline:
                return False

    def _back_in_step(self, trouble: OutOfStep) -> bool:
        filler = frames.filler_for(trouble.sent)
        most = frames.FRAME_BYTES if self.driver.resets else trouble.most
        return sync.fill_up(self.line, filler, most)

    def _begin_again(self) -> None:
        if self.driver.resets and self.restart(self.line.baud):
            return
        raise RomLost("nothing that is sent brings it back", self.line.name)

    def _went_well(self) -> None:
        self._load = max(0, self._load - 1)
        self._good += 1
        self.rom.hasty = self._good >= self._trusted

    @staticmethod
    def _is_mute(trouble: OutOfStep) -> bool:
        """Some ROMs do not answer to an address that they refuse (AN3155 table 3, V3.1)."""
        return trouble.stage is Stage.ADDRESS and not trouble.heard

    def _noisy(self, detail: str) -> LineTooNoisy:
        return LineTooNoisy(detail, self.line.name, self.line.baud)
