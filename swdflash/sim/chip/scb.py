"""System Control Block (DDI 0403 §B3.2)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.core_model import CORTEX_M3, CoreModel
from swdflash.sim.chip.exceptions import EXTERNAL, Exc, Exceptions

CPUID, ICSR, VTOR, AIRCR, SCR, CCR, SHPR, SHCSR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x24
CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR = 0x28, 0x2C, 0x30, 0x34, 0x38, 0x3C
FEATURES = 0x40  # ID_PFR0 and on

_KEY = 0x05FA  # AIRCR.VECTKEY
_KEY_READS = 0xFA05

CFSR_IACCVIOL = 1 << 0
CFSR_IBUSERR = 1 << 8
CFSR_PRECISERR = 1 << 9
CFSR_UNSTKERR = 1 << 11
CFSR_STKERR = 1 << 12
CFSR_BFARVALID = 1 << 15
CFSR_UNDEFINSTR = 1 << 16
CFSR_INVSTATE = 1 << 17
CFSR_INVPC = 1 << 18
CFSR_NOCP = 1 << 19
CFSR_UNALIGNED = 1 << 24
HFSR_VECTTBL = 1 << 1
HFSR_FORCED = 1 << 30
HFSR_DEBUGEVT = 1 << 31
CCR_NONBASETHRDENA = 1 << 0
CCR_STKALIGN = 1 << 9
SCR_SLEEPONEXIT = 1 << 1
SCR_SLEEPDEEP = 1 << 2
SCR_SEVONPEND = 1 << 4

# Active bits and pending bits of SHCSR by exception.
_ACTIVE = {
    Exc.MEM_MANAGE: 0,
    Exc.BUS_FAULT: 1,
    Exc.USAGE_FAULT: 3,
    Exc.SV_CALL: 7,
    Exc.DEBUG_MONITOR: 8,
    Exc.PEND_SV: 10,
    Exc.SYS_TICK: 11,
}
_PENDED = {Exc.USAGE_FAULT: 12, Exc.MEM_MANAGE: 13, Exc.BUS_FAULT: 14, Exc.SV_CALL: 15}
_ENABLE = {Exc.MEM_MANAGE: 16, Exc.BUS_FAULT: 17, Exc.USAGE_FAULT: 18}

# What of it an Armv6-M core has; the rest reads 0 (DDI 0419 §B3.2.2).
_BASELINE = frozenset((CPUID, ICSR, AIRCR, SCR, CCR, 0x1C, 0x20, DFSR))
_BASELINE_CCR = 0x208  # STKALIGN, UNALIGN_TRP: both fixed (DDI 0419 §B3.2.8)


class Scb:
    """A `Device`: what the core is, what it may do, and why it faulted."""

    def __init__(
        self,
        exceptions: Exceptions,
        cpuid: int,
        attend: Callable[[], None],
        model: CoreModel = CORTEX_M3,
    ) -> None:
        self.span = Span(0xE000_ED00, 0xF0)  # with the MPU, which reads as absent
        self.cpuid = cpuid
        self._model = model
        self.on_reset_request: Callable[[], None] = lambda: None
        self.on_vect_reset: Callable[[], None] = lambda: None
        self.dfsr = 0
        self._exceptions = exceptions
        self._attend = attend
        self.clear()

    def clear(self) -> None:
        """As after reset; STKALIGN is 0 up to r1p1 (DDI 0337)."""
        self.vtor = self.scr = self.cfsr = self.hfsr = self.mmfar = self.bfar = self.afsr = 0
        self.ccr = CCR_STKALIGN if self.cpuid >> 20 & 0xF >= 2 else 0
        if self._model is not CORTEX_M3:
            self.ccr = CCR_STKALIGN if self._model.mainline else _BASELINE_CCR

    def reset(self, kind: ResetKind) -> None:
        """The state is the core's, and cleared with it."""
        if kind.of_supply:
            self.dfsr = 0

    def read(self, offset: int, size: int, _master: Master) -> int:
        """Any size: priorities and parts of CFSR are read by byte and half-word."""
        word = self._word(offset & ~3)
        return word >> 8 * (offset & 3) & (1 << 8 * size) - 1

    def write(self, offset: int, size: int, value: int, _master: Master) -> None:
        """Any size; bits that the manual calls write-one-to-clear are cleared."""
        shift, mask = 8 * (offset & 3), (1 << 8 * size) - 1
        register = offset & ~3
        if register in (CFSR, HFSR, DFSR, ICSR):  # zeros beside the written bytes do nothing
            self._act(register, value << shift)
        elif self._has(register):
            old = self._word(register)
            self._keep(register, old & ~(mask << shift) | value << shift)
        self._attend()

    def _has(self, register: int) -> bool:
        return self._model.mainline or register in _BASELINE

    def _word(self, register: int) -> int:
        if not self._has(register):
            return 0
        if SHPR <= register < SHCSR:
            return int.from_bytes(self._priorities(register), "little")
        if register >= FEATURES:
            index = (register - FEATURES) // 4
            return self._model.features[index] if index < len(self._model.features) else 0
        readers: dict[int, Callable[[], int]] = {
            CPUID: lambda: self.cpuid,
            ICSR: self._icsr,
            VTOR: lambda: self.vtor,
            AIRCR: lambda: _KEY_READS << 16 | self._exceptions.prigroup << 8,
            SCR: lambda: self.scr,
            CCR: lambda: self.ccr,
            SHCSR: self._shcsr,
            CFSR: lambda: self.cfsr,
            HFSR: lambda: self.hfsr,
            DFSR: lambda: self.dfsr,
            MMFAR: lambda: self.mmfar,
            BFAR: lambda: self.bfar,
            AFSR: lambda: self.afsr,
        }
        return readers[register]()

    def _act(self, register: int, ones: int) -> None:
        if register == CFSR:
            self.cfsr &= ~ones
        elif register == HFSR:
            self.hfsr &= ~ones
        elif register == DFSR:
            self.dfsr &= ~ones
        else:
            self._pend(ones)

    def _keep(self, register: int, value: int) -> None:
        if SHPR <= register < SHCSR:
            for number, byte in enumerate(value.to_bytes(4, "little"), register - SHPR + 4):
                self._exceptions.set_priority(number, byte)
        elif register == AIRCR:
            self._control_reset(value)
        elif register == SHCSR:
            self._set_shcsr(value)
        elif register == VTOR:
            self.vtor = value & 0x3FFF_FF80  # TBLBASE and TBLOFF of r1p1
        elif register == SCR:
            self.scr = value & 0x16
        elif register == CCR:
            self.ccr = value & 0x31B if self._model.mainline else self.ccr
        elif register == MMFAR:
            self.mmfar = value
        elif register == BFAR:
            self.bfar = value

    def _priorities(self, register: int) -> bytes:
        first = register - SHPR + 4
        return bytes(self._exceptions.priorities[first : first + 4])

    def _icsr(self) -> int:
        exceptions = self._exceptions
        pending = exceptions.next() or 0
        active = min(exceptions.active, key=exceptions.group, default=0)
        bits = active | pending << 12
        bits |= (len(exceptions.active) == 1 and self._model.mainline) << 11  # RETTOBASE
        bits |= any(number >= EXTERNAL for number in exceptions.pending) << 22
        bits |= (Exc.SYS_TICK in exceptions.pending) << 26
        bits |= (Exc.PEND_SV in exceptions.pending) << 28
        return bits | (Exc.NMI in exceptions.pending) << 31

    def _pend(self, ones: int) -> None:
        exceptions = self._exceptions
        for bit, number in ((31, Exc.NMI), (28, Exc.PEND_SV), (26, Exc.SYS_TICK)):
            if ones >> bit & 1:
                exceptions.pend(number)
        for bit, number in ((27, Exc.PEND_SV), (25, Exc.SYS_TICK)):
            if ones >> bit & 1:
                exceptions.pending.discard(number)

    def _shcsr(self) -> int:
        exceptions = self._exceptions
        bits = sum(1 << bit for number, bit in _ACTIVE.items() if number in exceptions.active)
        bits |= sum(1 << bit for number, bit in _PENDED.items() if number in exceptions.pending)
        return bits | sum(
            1 << bit for number, bit in _ENABLE.items() if number in exceptions.enabled
        )

    def _set_shcsr(self, value: int) -> None:
        exceptions = self._exceptions
        for table, members in (
            (_ACTIVE, exceptions.active),
            (_PENDED, exceptions.pending),
            (_ENABLE, exceptions.enabled),
        ):
            for number, bit in table.items():
                (members.add if value >> bit & 1 else members.discard)(number)

    def _control_reset(self, value: int) -> None:
        if value >> 16 != _KEY:
            return
        if self._model.mainline:
            self._exceptions.prigroup = value >> 8 & 7
        if value & 4:
            self.on_reset_request()
        elif value & 1 and self._model.mainline:
            self.on_vect_reset()
