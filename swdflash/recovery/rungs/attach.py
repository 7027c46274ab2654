"""Plain attach, and the same at clocks that long or thin wires can carry."""

from __future__ import annotations

from swdflash.chips.arm import CPUID
from swdflash.links.base import DebugLink
from swdflash.links.errors import NoAnswer, Timeout, TransferFault
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Cause
from swdflash.recovery.rung import Missed, Needs, Reached

READS = 24  # of a constant register: a wire that is just good enough fails one of them

# Among what an ST-Link V2 can be set to (pyOCD probe/stlink/constants.py).
SLOWER_HZ = (1_800_000, 950_000, 240_000, 100_000)


def answers_steadily(link: DebugLink) -> bool:
    """Whether a register that cannot change reads the same every time. Raises LinkError kinds."""
    first = link.read32(CPUID.address)
    return all(link.read32(CPUID.address) == first for _ in range(READS))


class Attach:
    """What every command does first; the core runs on."""

    name = "attach"
    needs = Needs.NOTHING
    risks = "nothing"
    told = ""
    cures = frozenset({Cause.HEALTHY})

    def climb(self, bench: Bench) -> Reached | Missed:
        """Connect, and read a constant a few times."""
        link = bench.open()
        if answers_steadily(link):
            return Reached(link, f"SWD answers at {link.info.clock_hz / 1e6:g} MHz")
        return Missed("CPUID does not read the same every time: bits are lost on the way")


class SlowerClock:
    """The fastest clock below the chosen one at which SWD answers without a slip."""

    name = "slower-clock"
    needs = Needs.NOTHING
    risks = "nothing"
    told = ""
    cures = frozenset({Cause.NEEDS_SLOWER_CLOCK})

    def climb(self, bench: Bench) -> Reached | Missed:
        """Go down the clocks."""
        tried = []
        for hz in SLOWER_HZ:
            if bench.clock_hz is not None and hz >= bench.clock_hz:
                continue
            tried.append(hz)
            try:
                link = bench.open(clock_hz=hz)
                if answers_steadily(link):
                    return Reached(link, f"SWD answers at {link.info.clock_hz / 1e6:g} MHz")
            except (NoAnswer, Timeout, TransferFault):
                continue
        lowest = f"{min(tried) / 1000:g} kHz" if tried else "a clock below the chosen one"
        return Missed(f"no answer down to {lowest}")
