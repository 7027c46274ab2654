"""Reset, exceptions and the return from them: stack frames, EXC_RETURN (DDI 0403 §B1.5.5-8)."""

from __future__ import annotations

import struct

from swdflash.sim.bus import BusFault
from swdflash.sim.chip.engine import Engine
from swdflash.sim.chip.exceptions import Exc, Exceptions
from swdflash.sim.chip.faults import Fault, VectorFault
from swdflash.sim.chip.registers import Reg
from swdflash.sim.chip.scb import (
    CCR_NONBASETHRDENA,
    CCR_STKALIGN,
    CFSR_INVPC,
    CFSR_STKERR,
    CFSR_UNSTKERR,
    HFSR_VECTTBL,
    Scb,
)

_FRAME = struct.Struct("<8I")  # R0-R3, R12, LR, return address, xPSR
_THUMB = 1 << 24  # xPSR.T
_ALIGNED = 1 << 9  # xPSR: four bytes were skipped to align the frame
_TO_HANDLER, _TO_THREAD_MSP, _TO_THREAD_PSP = 0xFFFF_FFF1, 0xFFFF_FFF9, 0xFFFF_FFFD


class Entry:
    """Puts the core into thread mode, into handlers and back."""

    def __init__(self, engine: Engine, exceptions: Exceptions, scb: Scb) -> None:
        self._engine = engine
        self._exceptions = exceptions
        self._scb = scb

    @property
    def handling(self) -> int:
        """The exception being handled (IPSR), 0 in thread mode."""
        return self._engine.registers.get(Reg.IPSR)

    def start(self) -> None:
        """As from reset: SP and PC from the vector table at 0 (§B1.5.5); raises `BusFault`."""
        words = self._engine.memory.load(0, 8)
        stack, target = (int.from_bytes(words[at : at + 4], "little") for at in (0, 4))
        self._engine.registers.put(Reg.SP, stack & ~3)
        self.go(target, flags=0)

    def push(self) -> None:
        """Stack the frame and set LR; raises `Fault` (STKERR) where that memory is none."""
        engine = self._engine
        sp, xpsr = engine.registers.get(Reg.SP), engine.registers.get(Reg.XPSR)
        control = engine.registers.get(Reg.CONTROL)
        aligns = self._scb.ccr & CCR_STKALIGN and sp & 4
        frame = (sp - _FRAME.size - (4 if aligns else 0)) & 0xFFFF_FFFF
        kept = [
            engine.registers.get(register) for register in (*list(Reg)[:4], Reg.R12, Reg.LR, Reg.PC)
        ]
        xpsr = xpsr | _ALIGNED if aligns else xpsr & ~_ALIGNED
        from_thread = _TO_THREAD_PSP if control & 2 else _TO_THREAD_MSP
        link = _TO_HANDLER if self.handling else from_thread
        engine.registers.put(Reg.SP, frame)
        engine.registers.put(Reg.LR, link)
        try:
            engine.memory.save(frame, _FRAME.pack(*kept, xpsr))
        except BusFault:
            raise Fault(Exc.BUS_FAULT, CFSR_STKERR) from None

    def enter(self, number: int) -> None:
        """Go to a handler whose frame is stacked; raises `VectorFault`."""
        engine = self._engine
        self._exceptions.enter(number)
        engine.registers.put(Reg.IPSR, number)
        engine.registers.put(Reg.CONTROL, engine.registers.get(Reg.CONTROL) & ~2)
        try:
            vector = int.from_bytes(engine.memory.load(self._scb.vtor + 4 * number, 4), "little")
        except BusFault:
            self._scb.hfsr |= HFSR_VECTTBL
            raise VectorFault from None
        self.go(vector, flags=engine.registers.get(Reg.XPSR) & 0xF800_0000 | number)

    def go(self, target: int, flags: int) -> None:
        """Continue at a target that says by bit 0 whether it is Thumb code."""
        self._engine.registers.thumb = bool(target & 1)
        self._engine.registers.put(Reg.PC, target & ~1)
        self._engine.registers.put(Reg.XPSR, flags | (_THUMB if target & 1 else 0))

    def leave(self, exc_return: int) -> None:
        """Unstack; raises `Fault` when the return is not a legal one."""
        engine = self._engine
        number = self.handling
        self._check(exc_return, number)
        stack = Reg.PSP if exc_return == _TO_THREAD_PSP else Reg.MSP
        sp = engine.registers.get(stack)
        try:
            *kept, lr, pc, xpsr = _FRAME.unpack(engine.memory.load(sp, _FRAME.size))
        except BusFault:
            raise Fault(Exc.BUS_FAULT, CFSR_UNSTKERR) from None
        self._exceptions.leave(number)
        if number != Exc.NMI:
            engine.registers.put(Reg.FAULTMASK, 0)
        aligned = xpsr & _ALIGNED and self._scb.ccr & CCR_STKALIGN
        engine.registers.put(stack, sp + _FRAME.size + (4 if aligned else 0))
        for register, value in zip((*list(Reg)[:4], Reg.R12), kept, strict=True):
            engine.registers.put(register, value)
        engine.registers.put(Reg.LR, lr)
        # Thread mode last: an unprivileged thread may not change the rest.
        control = engine.registers.get(Reg.CONTROL) & ~2
        engine.registers.put(Reg.CONTROL, control | (2 if stack is Reg.PSP else 0))
        engine.registers.thumb = bool(xpsr & _THUMB)
        engine.registers.put(Reg.PC, pc & ~1)
        engine.registers.put(Reg.XPSR, xpsr & ~_ALIGNED)

    def _check(self, exc_return: int, number: int) -> None:
        exceptions = self._exceptions
        nested = len(exceptions.active) > 1
        to_thread = exc_return in {_TO_THREAD_MSP, _TO_THREAD_PSP}
        free = self._scb.ccr & CCR_NONBASETHRDENA
        legal = (exc_return == _TO_HANDLER and nested) or (to_thread and (not nested or free))
        if number not in exceptions.active or not legal:
            raise Fault(Exc.USAGE_FAULT, CFSR_INVPC)
