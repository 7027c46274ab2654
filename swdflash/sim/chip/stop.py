"""Why the engine hands over to the core."""

from __future__ import annotations

from enum import Enum, auto


class Stop(Enum):
    """Why the engine came back."""

    PAUSE = auto()
    BREAKPOINT = auto()
    BKPT = auto()
    SVC = auto()
    EXCEPTION_RETURN = auto()
    WFI = auto()
    WFE = auto()
    UNDEFINED = auto()
    INVALID_STATE = auto()
    NO_COPROCESSOR = auto()
    UNALIGNED = auto()
    NO_EXECUTE = auto()
    FETCH_FAULT = auto()
    DATA_FAULT = auto()


# QEMU's numbers of the exceptions that unicorn hands to UC_HOOK_INTR (target/arm/cpu.h).
INTERRUPTS = {
    2: Stop.SVC,
    3: Stop.NO_EXECUTE,
    4: Stop.UNALIGNED,
    7: Stop.BKPT,
    8: Stop.EXCEPTION_RETURN,
    17: Stop.NO_COPROCESSOR,
    18: Stop.INVALID_STATE,
}
