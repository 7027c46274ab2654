"""The engines over which every command must do the same: one list, for every test that asks.

A test that takes `via` runs once for each engine, on the virtual board `bench`.
"""

from __future__ import annotations

import pytest

BOARD = "sim:bench"
ENGINES = ("pyocd", "openocd")
WAYS = tuple(f"{engine}:{BOARD}" for engine in ENGINES)

over_every_engine = pytest.mark.parametrize("via", WAYS, ids=ENGINES)
