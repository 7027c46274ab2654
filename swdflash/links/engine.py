"""Which program drives the probe, where the way to the chip leaves it open."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Engine(StrEnum):
    """What can drive a debug probe."""

    AUTO = "auto"
    PYOCD = "pyocd"
    OPENOCD = "openocd"


@dataclass(frozen=True)
class EngineChoice:
    """The engine that is wanted, and what OpenOCD needs to be told."""

    engine: Engine = Engine.AUTO
    openocd: str = "openocd"  # the program, by path or as PATH has it
    openocd_target: str | None = None  # its target configuration; None: by the chip

    def among(self, engines: Sequence[str]) -> str | None:
        """The method for a probe that these engines can drive, best first; None: none of them."""
        usable = (
            each
            for each in engines
            if self.engine in (Engine.AUTO, each)
            and (self.engine is not Engine.AUTO or self._installed(each))
        )
        return next(usable, None)

    def _installed(self, engine: str) -> bool:
        return engine != Engine.OPENOCD or shutil.which(self.openocd) is not None


BY_THE_WAY = EngineChoice()
