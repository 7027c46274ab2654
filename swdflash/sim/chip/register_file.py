"""The core's registers, in unicorn."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from unicorn import arm_const as arm

from swdflash.sim.chip.exceptions import Exc
from swdflash.sim.chip.registers import Reg

_IDS = {
    Reg.R0: arm.UC_ARM_REG_R0, Reg.R1: arm.UC_ARM_REG_R1, Reg.R2: arm.UC_ARM_REG_R2,
    Reg.R3: arm.UC_ARM_REG_R3, Reg.R4: arm.UC_ARM_REG_R4, Reg.R5: arm.UC_ARM_REG_R5,
    Reg.R6: arm.UC_ARM_REG_R6, Reg.R7: arm.UC_ARM_REG_R7, Reg.R8: arm.UC_ARM_REG_R8,
    Reg.R9: arm.UC_ARM_REG_R9, Reg.R10: arm.UC_ARM_REG_R10, Reg.R11: arm.UC_ARM_REG_R11,
    Reg.R12: arm.UC_ARM_REG_R12, Reg.SP: arm.UC_ARM_REG_SP, Reg.LR: arm.UC_ARM_REG_LR,
    Reg.PC: arm.UC_ARM_REG_PC, Reg.XPSR: arm.UC_ARM_REG_XPSR, Reg.MSP: arm.UC_ARM_REG_MSP,
    Reg.PSP: arm.UC_ARM_REG_PSP, Reg.PRIMASK: arm.UC_ARM_REG_PRIMASK,
    Reg.BASEPRI: arm.UC_ARM_REG_BASEPRI, Reg.FAULTMASK: arm.UC_ARM_REG_FAULTMASK,
    Reg.CONTROL: arm.UC_ARM_REG_CONTROL, Reg.IPSR: arm.UC_ARM_REG_IPSR,
}  # fmt: skip


_PRIVILEGED = {Reg.MSP, Reg.PSP, Reg.CONTROL, Reg.PRIMASK, Reg.BASEPRI, Reg.FAULTMASK}


class RegisterFile:
    """Reads and writes registers; `thumb` is EPSR.T, which unicorn takes with the PC."""

    def __init__(self, uc: Any) -> None:
        self._uc = uc
        self.thumb = True

    def get(self, register: Reg) -> int:
        """A register's value."""
        return int(self._uc.reg_read(_IDS[register]))

    def put(self, register: Reg, value: int) -> None:
        """Change a register."""
        if register is Reg.PC:
            value |= self.thumb  # unicorn takes EPSR.T from bit 0
        self._uc.reg_write(_IDS[register], value)

    def peek(self, register: Reg) -> int:
        """A register's value as a debugger sees it, whatever the thread may."""
        if register not in _PRIVILEGED:
            return self.get(register)
        with self._privileged():
            return self.get(register)

    def poke(self, register: Reg, value: int) -> None:
        """Change a register as a debugger does, whatever the thread may."""
        if register not in _PRIVILEGED:
            self.put(register, value)
            return
        with self._privileged():
            self.put(register, value)

    @contextmanager
    def _privileged(self) -> Iterator[None]:
        """Unicorn shows an unprivileged thread's registers only as that thread sees them."""
        hides = self.get(Reg.CONTROL) & 1 and not self.get(Reg.IPSR)
        if hides:
            self.put(Reg.IPSR, 1)
        try:
            yield
        finally:
            if hides:
                self.put(Reg.IPSR, 0)

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, BASEPRI and FAULTMASK."""
        with self._privileged():
            return self.get(Reg.PRIMASK), self.get(Reg.BASEPRI), self.get(Reg.FAULTMASK)

    def reset(self) -> None:
        """Core registers as after reset; what is undefined is zero, LR all ones."""
        self.put(Reg.IPSR, Exc.RESET)
        for register in (Reg.CONTROL, Reg.PRIMASK, Reg.BASEPRI, Reg.FAULTMASK):
            self.put(register, 0)
        for register in (*list(Reg)[: Reg.LR], Reg.MSP, Reg.PSP):
            self.put(register, 0)
        self.put(Reg.LR, 0xFFFF_FFFF)
        self.put(Reg.XPSR, 1 << 24)

    def snapshooter(self) -> Callable[[], bytes]:
        """A function that reads all that a loop can change, in one call to unicorn."""
        kept = [*list(Reg)[:15], Reg.XPSR]
        ids = (ctypes.c_int * len(kept))(*(_IDS[register] for register in kept))
        values = (ctypes.c_uint32 * len(kept))()
        pointers = (ctypes.c_void_p * len(kept))(
            *(ctypes.addressof(values) + 4 * index for index in range(len(kept)))
        )

        def snapshot() -> bytes:
            # The public reg_read_batch builds its arrays anew each time: ten times slower.
            self._uc._do_reg_read_batch(ids, pointers, len(kept))  # noqa: SLF001
            return bytes(values)

        return snapshot
