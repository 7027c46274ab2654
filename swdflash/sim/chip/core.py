"""A Cortex-M: runs code in virtual time, takes exceptions, sleeps, halts for a debugger."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.memory import Span
from swdflash.sim.bus import Bus, BusFault, ResetKind
from swdflash.sim.chip import scb as bits
from swdflash.sim.chip.bitband import BitBand
from swdflash.sim.chip.core_model import CORTEX_M3, CoreModel
from swdflash.sim.chip.engine import Engine
from swdflash.sim.chip.entry import Entry
from swdflash.sim.chip.exceptions import Exc, Exceptions
from swdflash.sim.chip.faults import FAULTS, Fault, VectorFault
from swdflash.sim.chip.halting import DFSR_BKPT, DFSR_HALTED, DFSR_VCATCH, MON_EN, Halting
from swdflash.sim.chip.memory import Mappable
from swdflash.sim.chip.nvic import Nvic
from swdflash.sim.chip.registers import Reg
from swdflash.sim.chip.scb import Scb
from swdflash.sim.chip.stop import Stop
from swdflash.sim.chip.systick import SysTick
from swdflash.sim.chip.under_way import storing_instruction
from swdflash.sim.clock import PS_PER_S, Clock

CPUID_R1P1 = 0x411F_C231  # Cortex-M3 r1p1, as in STM32F1
_LOCKED_PC = 0xFFFF_FFFE
_ENTRY_CYCLES = 12  # exception entry and return, each (DDI 0337 §5.5)
_TAIL_CHAIN_CYCLES = 6


class Core:
    """One Cortex-M with its private peripherals, which it puts on the bus.

    `on_sleep(deep)` is called when WFI, WFE or SLEEPONEXIT stops the core, `on_wake()` when it goes
    on; `on_reset_request` for AIRCR.SYSRESETREQ, between two instructions.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        hz: Callable[[], int],
        *,
        irqs: int = 60,
        cpuid: int = CPUID_R1P1,
        model: CoreModel = CORTEX_M3,
        skip_spins: bool = True,
    ) -> None:
        self.on_sleep: Callable[[bool], None] = lambda _deep: None
        self.on_wake: Callable[[], None] = lambda: None
        self.on_reset_request: Callable[[], None] = lambda: None
        self.halting = Halting()
        self.model = model
        self.exceptions = Exceptions(irqs, priority_bits=model.priority_bits)
        self.locked_up = False
        self.sleeping = False
        self.parked = False  # something else does what the code would do: time passes, no more
        self._clock = clock
        self._hz = hz
        self._engine = Engine(bus, clock, hz, model=model, skip_spins=skip_spins)
        self._registers = self._engine.registers
        self.scb = Scb(self.exceptions, cpuid, self._engine.attend, model)
        self.systick = SysTick(clock, hz, self._tick)
        self._engine.may_break = lambda: self.halting.enabled
        self._engine.on_rate = self.systick.retime
        self._entry = Entry(self._engine, self.exceptions, self.scb)
        self._waits_for_event = False
        self._requests: list[Callable[[], None]] = []
        self.scb.on_reset_request = lambda: self.between_instructions(self.on_reset_request)
        self.scb.on_vect_reset = lambda: self.between_instructions(self._restart)
        bus.attach(self.systick)
        bus.attach(Nvic(self.exceptions, self._engine.attend))
        bus.attach(self.scb)
        for region in (0x2000_0000, 0x4000_0000) if model.mainline else ():
            bus.attach(BitBand(bus, region))

    # -- state -------------------------------------------------------------------------------

    @property
    def halted(self) -> bool:
        """Whether a debugger has stopped the core."""
        return self.halting.halted

    @property
    def deep_sleep(self) -> bool:
        """Whether the core sleeps with SCR.SLEEPDEEP set."""
        return self.sleeping and bool(self.scb.scr & bits.SCR_SLEEPDEEP)

    @property
    def cycles(self) -> int:
        """Processor cycles executed since power came on; not those slept or halted."""
        return self._engine.cycles

    def get(self, register: Reg) -> int:
        """A register's value."""
        if register is Reg.PC and self.locked_up:
            return _LOCKED_PC
        return self._registers.peek(register)

    def writer_of(self, address: int) -> int:
        """The PC of the instruction that is storing to an address now."""
        start, code = self._engine.code_under_way()
        return storing_instruction(code, start, lambda number: self.get(Reg(number)), address)

    def put(self, register: Reg, value: int) -> None:
        """Change a register."""
        if register is Reg.PC:
            value &= ~1
        elif register is Reg.XPSR:
            self._registers.thumb = bool(value & 1 << 24)
        self._registers.poke(register, value)

    # -- what the chip does to the core ------------------------------------------------------

    def set_wait_states(self, wait_states: Callable[[], int]) -> None:
        """Who knows FLASH_ACR.LATENCY; asked again whenever the processor clock may change."""
        self._engine.wait_states = wait_states

    def map_memory(self, memory: Mappable, at: int, *, stores_through: bool) -> None:
        """Map memory for code and data; with `stores_through` it is `Guarded`."""
        memory.changed = self.invalidate
        self._engine.memory.map(memory, at, stores_through=stores_through)

    def unmap(self, at: int) -> None:
        """Undo `map_memory` at an address."""
        self._engine.memory.unmap(at)

    def invalidate(self, span: Span) -> None:
        """Somebody else than the core changed memory at a span of the bus."""
        self._engine.memory.invalidate(span)

    def set_irq(self, number: int, level: bool) -> None:
        """A peripheral's interrupt line, by its position in the vector table (IRQn)."""
        self.exceptions.set_line(number, level)
        self._engine.attend()

    def signal_event(self) -> None:
        """A peripheral's pulse on RXEV: what WFE waits for."""
        self._engine.event = True
        self._engine.attend()

    def pend(self, exception: int) -> None:
        """Make an exception pending, by its number: NMI, for one."""
        self.exceptions.pend(exception)
        self._engine.attend()

    def reset(self, kind: ResetKind) -> None:
        """Start from the vector table at 0; halts there if the debugger asked for it."""
        if kind.of_supply:
            self.halting.clear()
        self.scb.reset(kind)
        self.between_instructions(self._restart)

    def _restart(self) -> None:
        self.exceptions.clear()
        self.scb.clear()
        self.systick.set_halted(False)
        self.systick.reset(ResetKind.SYSTEM)
        self.locked_up = self.sleeping = self.halting.halted = self.halting.stepping = False
        self.halting.was_reset = True
        self._registers.reset()
        self._engine.event = False
        try:
            self._entry.start()
        except BusFault:
            self._lock_up()
            return
        if self.halting.catches_reset:
            self.halt(DFSR_VCATCH)

    def after_this(self, action: Callable[[], None]) -> None:
        """Do it when what the core is doing, an exception entry for one, is over."""
        self._requests.append(action)
        self._engine.attend()

    def between_instructions(self, action: Callable[[], None]) -> None:
        """Do it now, or when the instruction that asks for it is over."""
        if self._engine.running:
            self._requests.append(action)
            self._engine.attend()
        else:
            action()

    # -- what a debugger does ----------------------------------------------------------------

    def halt(self, reason: int = DFSR_HALTED) -> None:
        """Enter Debug state; `reason` is a bit of DFSR."""
        self.scb.dfsr |= reason
        self.halting.stepping = False
        if self.halting.halted or self.halting.held_in_reset:
            return
        self.halting.halted = True
        self._wake()
        if self.locked_up:
            self._registers.put(Reg.PC, _LOCKED_PC)
            self.locked_up = False
        self.systick.set_halted(True)
        self._engine.attend()

    def resume(self, *, step: bool = False) -> None:
        """Leave Debug state, for one instruction or for good."""
        self.halting.halted = False
        self.halting.stepping = step
        self.systick.set_halted(False)

    def set_breakpoints(self, addresses: set[int]) -> None:
        """Halt before the instructions at these addresses."""
        self._engine.set_breakpoints(addresses)

    # -- running -----------------------------------------------------------------------------

    def run_until(self, at_ps: int) -> None:
        """Execute, sleep or stand still until a time, firing the clock's alarms on the way."""
        self._clock.fire_due()
        while self._clock.now_ps < at_ps:
            self._advance(at_ps)
            while self._requests:
                self._requests.pop(0)()
            self._clock.fire_due()

    def _advance(self, at_ps: int) -> None:
        stepping = self.halting.stepping
        stands = self.halted or self.locked_up or self.halting.held_in_reset
        stands = stands or (self.parked and not stepping)
        took = not stands and self._take_exception()
        if self.halted or stands or self.sleeping:
            self._idle(at_ps)
        elif stepping:
            if not took:
                self._handle(self._engine.step())
            self.halting.retired = True
            self.halt(DFSR_HALTED)
        elif self._clock.now_ps < at_ps:
            self.halting.retired = True
            self._handle(self._engine.run(at_ps))

    def _idle(self, at_ps: int) -> None:
        due = self._clock.next_alarm_ps()
        self._clock.now_ps = max(self._clock.now_ps, at_ps if due is None else min(due, at_ps))

    def _spend(self, cycles: int) -> None:
        self._clock.now_ps += cycles * PS_PER_S // self._hz()
        self._engine.cycles_before += cycles

    def _tick(self) -> None:
        self.pend(Exc.SYS_TICK)

    # -- exceptions --------------------------------------------------------------------------

    def _take_exception(self, cycles: int = _ENTRY_CYCLES) -> bool:
        """Go to the most urgent handler if it may run now; wakes the core."""
        self._note_events()
        number = self.exceptions.next()
        if number is None or self.halting.masks(number):
            return False
        primask, basepri, faultmask = self._registers.masks()
        urgency = self.exceptions.group(number)
        if urgency < self.exceptions.execution_priority(0, basepri, faultmask):
            self._wake()  # PRIMASK does not keep the core asleep (§B1.5.18)
        if urgency >= self.exceptions.execution_priority(primask, basepri, faultmask):
            return False
        self._enter(number, cycles)
        return True

    def _note_events(self) -> None:
        exceptions = self.exceptions
        if exceptions.seen_pending and self.scb.scr & bits.SCR_SEVONPEND:
            self._engine.event = True
        exceptions.seen_pending = False
        if self._engine.event and self.sleeping and self._waits_for_event:
            self._engine.event = False
            self._wake()

    def _enter(self, number: int, cycles: int = _ENTRY_CYCLES) -> None:
        self._spend(cycles)
        self._engine.event = True
        try:
            self._entry.push()
        except Fault as fault:
            if number == Exc.HARD_FAULT:
                self._lock_up()
                return
            self.exceptions.pend(number)
            number = self._escalate(fault)
        self._go(number)

    def _go(self, number: int) -> None:
        try:
            self._entry.enter(number)
        except VectorFault:
            if number <= Exc.HARD_FAULT:
                self._lock_up()
            else:
                self._go(Exc.HARD_FAULT)
            return
        if self.halting.catches(number, self.scb.cfsr):
            self.halt(DFSR_VCATCH)

    def _return(self) -> None:
        exc_return = self._engine.fault_address | 1
        if not self._entry.handling:  # in thread mode it is just an address that cannot be run
            self._fault(Fault(Exc.MEM_MANAGE, bits.CFSR_IACCVIOL))
            return
        try:
            self._entry.leave(exc_return)
        except Fault as fault:
            self._fault(fault)
            return
        self._engine.event = True
        if self._take_exception(_TAIL_CHAIN_CYCLES):
            return
        self._spend(_ENTRY_CYCLES)
        if not self.exceptions.active and self.scb.scr & bits.SCR_SLEEPONEXIT:
            self._sleep(for_event=False)

    def _fault(self, fault: Fault) -> None:
        number = self._escalate(fault)
        if number:
            self._enter(number)

    def _escalate(self, fault: Fault) -> int:
        """Note a fault and say which exception it becomes; 0 when the core locks up."""
        scb = self.scb
        scb.cfsr |= fault.cfsr
        if fault.address is not None:
            scb.cfsr |= bits.CFSR_BFARVALID
            scb.bfar = fault.address
        now = self.exceptions.execution_priority(*self._registers.masks())
        if fault.number in self.exceptions.enabled and self.exceptions.group(fault.number) < now:
            return fault.number
        if now <= -1:
            self._lock_up()
            return 0
        scb.hfsr |= bits.HFSR_FORCED
        return Exc.HARD_FAULT

    def _lock_up(self) -> None:
        """A fault where no fault can be handled: the core waits for a reset (§B1.5.15)."""
        self.exceptions.active.add(Exc.HARD_FAULT)
        self._registers.put(Reg.IPSR, Exc.HARD_FAULT)
        self.locked_up = True

    # -- why the engine stopped --------------------------------------------------------------

    def _handle(self, stop: Stop) -> None:
        if stop is Stop.PAUSE:
            return
        if stop is Stop.BREAKPOINT:
            self.halt(DFSR_BKPT)
        elif stop is Stop.BKPT:
            self._breakpoint()
        elif stop is Stop.SVC:
            self._supervisor_call()
        elif stop is Stop.EXCEPTION_RETURN:
            self._return()
        elif stop is Stop.WFI:
            self._sleep(for_event=False)
        elif stop is Stop.WFE:
            self._wait_for_event()
        elif stop is Stop.DATA_FAULT:
            address = self._engine.fault_address
            self._fault(Fault(Exc.BUS_FAULT, bits.CFSR_PRECISERR, address))
        else:
            self._fault(Fault(*FAULTS[stop]))

    def _breakpoint(self) -> None:
        if self.halting.enabled:
            self.halt(DFSR_BKPT)
            return
        self.scb.dfsr |= DFSR_BKPT
        number = Exc.HARD_FAULT
        if self.halting.demcr & MON_EN:
            number = Exc.DEBUG_MONITOR
        else:
            self.scb.hfsr |= bits.HFSR_DEBUGEVT
        if self.exceptions.group(number) < self.exceptions.execution_priority(0, 0, 0):
            self._enter(number)
        else:
            self._lock_up()

    def _supervisor_call(self) -> None:
        now = self.exceptions.execution_priority(*self._registers.masks())
        if self.exceptions.group(Exc.SV_CALL) < now:
            self._enter(Exc.SV_CALL)
        else:  # SVC where it cannot be taken is a HardFault (§B1.5.4)
            self._fault(Fault(Exc.HARD_FAULT, 0))

    def _sleep(self, *, for_event: bool) -> None:
        self._waits_for_event = for_event
        self.sleeping = True
        self.on_sleep(self.deep_sleep)

    def _wake(self) -> None:
        if self.sleeping:
            self.sleeping = False
            self.on_wake()

    def _wait_for_event(self) -> None:
        if self._engine.event:
            self._engine.event = False
        else:
            self._sleep(for_event=True)
