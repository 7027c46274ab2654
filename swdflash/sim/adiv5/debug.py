"""The debugger's hold on the core: DHCSR, DCRSR, DCRDR and DEMCR (DDI 0403 §C1.6)."""

from __future__ import annotations

from collections.abc import Iterator

from swdflash.memory import Span
from swdflash.sim.adiv5.component import Component
from swdflash.sim.adiv5.dwt import Dwt
from swdflash.sim.adiv5.fpb import Fpb
from swdflash.sim.adiv5.rom_table import ETM, ITM, TPIU, RomTable
from swdflash.sim.adiv5.scs import ScsEnd, ScsStart
from swdflash.sim.bus import Bus, Device, Master, ResetKind
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.core_model import CoreModel
from swdflash.sim.chip.halting import (
    DFSR_HALTED,
    MON_EN,
    MON_PEND,
    MON_REQ,
    MON_STEP,
    TRCENA,
    VC_CORERESET,
    VC_HARDERR,
)
from swdflash.sim.chip.registers import SPECIAL, Reg

_DHCSR, _DCRSR, _DCRDR, _DEMCR = 0x0, 0x4, 0x8, 0xC
_DBGKEY = 0xA05F
_C_DEBUGEN, _C_HALT, _C_STEP, _C_MASKINTS = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_S_REGRDY, _S_HALT, _S_SLEEP, _S_LOCKUP = 1 << 16, 1 << 17, 1 << 18, 1 << 19
_S_RETIRE_ST, _S_RESET_ST = 1 << 24, 1 << 25
_REGWNR = 1 << 16
_BASELINE_DEMCR = VC_CORERESET | VC_HARDERR | TRCENA  # DDI 0419 §C1.6.5
_DEMCR_KEPT = 0x7F1 | MON_EN | MON_PEND | MON_STEP | MON_REQ | TRCENA


class CoreDebug:
    """A `Device`: Debug Halting Control and Status, core register transfer, exception monitor."""

    def __init__(self, core: Core) -> None:
        self.span = Span(0xE000_EDF0, 0x10)
        self._core = core
        self._step = False  # C_STEP as written
        self._data = 0

    def reset(self, kind: ResetKind) -> None:
        """Only power-on clears debug settings; the core clears what it holds."""
        if kind.of_supply:
            self._step, self._data = False, 0

    def read(self, offset: int, _size: int, master: Master) -> int:
        """DHCSR's sticky bits are cleared when a debugger reads them."""
        if offset == _DHCSR:
            return self._status(master)
        if offset == _DCRDR:
            return self._data
        return self._core.halting.demcr if offset == _DEMCR else 0

    def write(self, offset: int, _size: int, value: int, master: Master) -> None:
        """DHCSR needs its key in the upper half-word, or the write does nothing."""
        if offset == _DHCSR and value >> 16 == _DBGKEY:
            self._control(value, master)
        elif offset == _DCRSR and self._core.halted:
            self._transfer(value & 0x1F, write=bool(value & _REGWNR))
        elif offset == _DCRDR:
            self._data = value
        elif offset == _DEMCR:
            kept = _DEMCR_KEPT if self._core.model.mainline else _BASELINE_DEMCR
            self._core.halting.demcr = value & kept

    def _status(self, master: Master) -> int:
        core, halting = self._core, self._core.halting
        bits = {
            _C_DEBUGEN: halting.enabled,
            _C_HALT: halting.halted,
            _C_STEP: self._step,
            _C_MASKINTS: halting.mask_interrupts,
            _S_REGRDY: True,
            _S_HALT: halting.halted,
            _S_SLEEP: core.sleeping,
            _S_LOCKUP: core.locked_up,
            _S_RETIRE_ST: halting.retired,
            _S_RESET_ST: halting.was_reset,
        }
        if master is Master.DEBUG:
            halting.retired = False
            halting.was_reset = halting.held_in_reset
        return sum(bit for bit, is_set in bits.items() if is_set)

    def _control(self, value: int, master: Master) -> None:
        core, halting = self._core, self._core.halting
        if master is Master.DEBUG:  # code cannot change C_DEBUGEN (§C1.6.2)
            halting.enabled = bool(value & _C_DEBUGEN)
        if not halting.enabled:
            self._step = halting.mask_interrupts = False
            if core.halted:
                core.resume()
            return
        halting.mask_interrupts = bool(value & _C_MASKINTS)
        self._step = bool(value & _C_STEP)
        if value & _C_HALT:
            if not core.halted:
                core.halt(DFSR_HALTED)
        elif core.halted:
            core.resume(step=self._step)

    def _transfer(self, selector: int, *, write: bool) -> None:
        if selector == SPECIAL:
            self._transfer_special(write=write)
        elif selector <= Reg.PSP:
            register = Reg(selector)
            if write:
                self._core.put(register, self._data)
            else:
                self._data = self._core.get(register)

    def _transfer_special(self, *, write: bool) -> None:
        packed = (Reg.PRIMASK, Reg.BASEPRI, Reg.FAULTMASK, Reg.CONTROL)
        if write:
            for register, value in zip(packed, self._data.to_bytes(4, "little"), strict=True):
                self._core.put(register, value)
        else:
            values = bytes(self._core.get(register) for register in packed)
            self._data = int.from_bytes(values, "little")


def attach_debug(bus: Bus, core: Core, dev_id: int) -> None:
    """Put everything that a debugger looks for on the private peripheral bus."""
    devices: tuple[Device, ...] = (
        CoreDebug(core),
        Dwt(core),
        Fpb(core),
        ScsStart(core),
        ScsEnd(core),
        RomTable(dev_id, core.model),
        *_trace(core.model),
    )
    for device in devices:
        bus.attach(device)


def _trace(model: CoreModel) -> Iterator[Component]:
    if model.tpiu_part is not None:
        yield Component(Span(ITM, 0x1000), part=0x001, revision=1)
        yield Component(Span(TPIU, 0x1000), part=model.tpiu_part, revision=1, class_=9)
    if model.etm:
        yield Component(Span(ETM, 0x1000), part=0x925, class_=9)
