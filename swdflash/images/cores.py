"""What the Cortex-M cores of STM32s execute (Armv6-M, Armv7-M and Armv8-M manuals)."""

from __future__ import annotations

from dataclasses import dataclass

_V6M = frozenset({"Armv6-M", "Armv6S-M"})
_V7M = _V6M | {"Armv7-M"}
_V7EM = _V7M | {"Armv7E-M"}
_V8M_BASE = _V6M | {"Armv8-M.baseline"}
_V8M_MAIN = _V7EM | {"Armv8-M.baseline", "Armv8-M.mainline"}


@dataclass(frozen=True)
class Core:
    """A core: the compiler's name for it, the architectures it runs, whether ST adds an FPU."""

    option: str
    arches: frozenset[str]
    fpu: bool


CORES = {
    "Cortex-M0": Core("cortex-m0", _V6M, fpu=False),
    "Cortex-M0+": Core("cortex-m0plus", _V6M, fpu=False),
    "Cortex-M3": Core("cortex-m3", _V7M, fpu=False),
    "Cortex-M4": Core("cortex-m4", _V7EM, fpu=True),
    "Cortex-M7": Core("cortex-m7", _V7EM, fpu=True),
    "Cortex-M23": Core("cortex-m23", _V8M_BASE, fpu=False),
    "Cortex-M33": Core("cortex-m33", _V8M_MAIN, fpu=True),
}

# Older Thumb code says nothing about M profiles and may run on any of them.
BEFORE_M_PROFILE = frozenset({"pre-Armv4", "Armv4", "Armv4T", "Armv5T", "Armv5TE", "Armv5TEJ"})
