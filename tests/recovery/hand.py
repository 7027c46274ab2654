"""A hand played by the test: it does what it is told to, when it is told to, and nothing else."""

from __future__ import annotations

from swdflash.recovery.hand import Act
from swdflash.sim.board import VirtualBoard

TAKES_S = 0.3  # to do what was begun


class PlayedHand:
    """Acts on a virtual board; `can` is what there is to press and to plug."""

    def __init__(self, board: VirtualBoard, can: frozenset[Act] = frozenset(Act)) -> None:
        self.board = board
        self.can = can
        self.told: list[Act] = []

    def do(self, act: Act) -> None:
        """At once."""
        self.told.append(act)
        if act in self.can:
            self._act(act, 0.0)

    def begin(self, act: Act) -> None:
        """A moment later, while others go on."""
        self.told.append(act)
        if act in self.can:
            self._act(act, TAKES_S)

    def _act(self, act: Act, after_s: float) -> None:
        board = self.board
        match act:
            case Act.HOLD_RESET:
                board.hold_reset()
            case Act.RELEASE_RESET:
                board.release_reset(after_s=after_s)
            case Act.RESET:
                board.press_reset()
                board.spend(0.2)
            case Act.POWER_OFF:
                board.power_off()
            case Act.POWER_ON:
                board.power_cycle(after_s, after_s=0.0)
            case Act.BOOT0_HIGH | Act.BOOT0_LOW:
                board.set_boot0(int(act is Act.BOOT0_HIGH))
