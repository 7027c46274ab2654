"""Unicorn, with time: runs Thumb code until a deadline or until the core must decide.

Unicorn executes; it knows no exceptions of an M-profile core, no cycles and no bus. It runs
block by block (straight-line code), and the hook before each block charges the one before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unicorn import unicorn_const as uc_const
from unicorn.unicorn_py3.unicorn import Uc, UcError

from swdflash.memory import Span
from swdflash.sim.bus import Bus, BusFault, Device, Master
from swdflash.sim.chip.core_model import CORTEX_M3, CoreModel
from swdflash.sim.chip.cycles import Block, Effect, length, measure, nothing
from swdflash.sim.chip.mappings import Mappings
from swdflash.sim.chip.memory import Mappable
from swdflash.sim.chip.register_file import RegisterFile
from swdflash.sim.chip.registers import Reg
from swdflash.sim.chip.spin import Spin, Timed
from swdflash.sim.chip.stop import INTERRUPTS, Stop
from swdflash.sim.clock import PS_PER_S, Clock

_NOWHERE = 0xFFFF_FFFE  # never executed: emulation ends by being stopped
_NO_CODE = 0xE000_0000  # the system region is never executed
_EXC_RETURN = 0xF000_0000  # from here on, an address in the PC ends an exception
_DEVICES = (
    Span(0x2200_0000, 0x0200_0000),
    Span(0x4000_0000, 0x2000_0000),
    Span(0xE000_0000, 0x0010_0000),
)


class Engine:
    """One core's execution; `address` of a fault is in `fault_address` after a stop."""

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        hz: Callable[[], int],
        *,
        model: CoreModel = CORTEX_M3,
        skip_spins: bool,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._hz = hz
        self.fault_address = 0
        self.running = False
        self.event = False  # the event register that WFE waits for
        self.cycles_before = 0  # executed in earlier slices, and taking exceptions
        self.may_break: Callable[[], bool] = lambda: True
        self.wait_states: Callable[[], int] = lambda: 0  # of flash, for a fetch
        self.on_rate: Callable[[], None] = lambda: None  # the processor clock has changed
        # Half of unicorn's functions are not typed. UC_MODE_MCLASS would make any model an M33.
        self._uc: Any = Uc(uc_const.UC_ARCH_ARM, uc_const.UC_MODE_THUMB)
        self._uc.ctl_set_cpu_model(model.unicorn)
        self.registers = RegisterFile(self._uc)
        self.memory = Mappings(self._uc, self._on_stale)
        self._spin = Spin(self.registers.snapshooter(), self.memory.ram) if skip_spins else None
        self._devices: dict[int, tuple[Device, int, bool]] = {}
        self._blocks: dict[int, Block] = {}
        self._repairs: list[tuple[Mappable, int, bytes]] = []
        self._breakpoints: dict[int, int] = {}
        self._error: BaseException | None = None
        self._stop: Stop | None = None
        self._attention = False
        self._block = nothing(0)
        self._rate = 1
        self._waits = 0
        self._base_ps = self._synced_ps = self._until_ps = self._limit_ps = 0
        self._cycles = self._deadline = 0
        self._hook()

    def _on_stale(self) -> None:
        if self.running:
            self.attend()
        else:
            self.memory.drop_stale()

    # -- breakpoints -------------------------------------------------------------------------

    def set_breakpoints(self, addresses: set[int]) -> None:
        """Stop before the instructions at these addresses, and at no others."""
        for address in self._breakpoints.keys() - addresses:
            self._uc.hook_del(self._breakpoints.pop(address))
            self.memory.forget(Span(address, 2))
        for address in addresses - self._breakpoints.keys():
            self._breakpoints[address] = self._uc.hook_add(
                uc_const.UC_HOOK_CODE, self._on_breakpoint, begin=address, end=address
            )
            self.memory.forget(Span(address, 2))

    # -- running -----------------------------------------------------------------------------

    def attend(self) -> None:
        """Come back at the next block: something needs the core's attention."""
        self._attention = True
        self._deadline = 0

    def run(self, until_ps: int) -> Stop:
        """Execute up to a time or the clock's next alarm; the clock is right afterwards."""
        self._begin(until_ps)
        stop = self._execute(0)
        self._settle(stop)
        return stop

    def step(self) -> Stop:
        """Execute one instruction (an IT block counts as one); the clock is right afterwards."""
        self._begin(PS_PER_S * PS_PER_S)
        pc = self.registers.get(Reg.PC)
        stop = self._execute(1)
        # Unicorn's blocks do not end with the step: charge the instruction itself.
        done = nothing(pc) if stop is Stop.BREAKPOINT else self._instruction(pc)
        taken = stop is Stop.PAUSE and self.registers.get(Reg.PC) != done.end
        self._block = done._replace(cycles=0)
        self._cycles = done.cycles + (done.refill if taken else 0)
        self._settle(stop)
        return stop

    def _instruction(self, pc: int) -> Block:
        try:
            code = self.memory.load(pc, 4)
        except BusFault:
            return nothing(pc)
        return measure(pc, code[: length(code)])

    def _begin(self, until_ps: int) -> None:
        self._until_ps = until_ps
        self._stop = self._error = None
        self._attention = False
        self._rebase()
        if self._spin is not None:
            self._spin.forget()

    def _execute(self, count: int) -> Stop:
        pc = self.registers.get(Reg.PC)
        self._block = nothing(pc)
        if not self.registers.thumb:
            return Stop.INVALID_STATE
        if pc >= _NO_CODE:
            return Stop.NO_EXECUTE
        self.running = True
        try:
            self._uc.emu_start(pc | 1, _NOWHERE, count=count)
        except UcError as error:
            if self._stop is None and self._error is None:
                raise RuntimeError(f"unicorn: {error} at {pc:#010x}") from error
        finally:
            self.running = False
        if self._error is not None:
            raise self._error
        # WFI ends emulation without a word, and so does the end of the count.
        stop = self._stop or (Stop.PAUSE if count else Stop.WFI)
        return Stop.EXCEPTION_RETURN if self._is_exception_return(stop) else stop

    def _is_exception_return(self, stop: Stop) -> bool:
        """Whether what looks like running code up there is EXC_RETURN (DDI 0403 §B1.5.8).

        Unicorn learns only from instructions that it is in a handler, not from a write to IPSR.
        """
        if stop not in (Stop.FETCH_FAULT, Stop.NO_EXECUTE) or not self.registers.get(Reg.IPSR):
            return False
        return self.fault_address >= _EXC_RETURN

    def _settle(self, stop: Stop) -> None:
        if stop is not Stop.PAUSE:  # the block that was under way is not charged yet
            self._cycles += self._executed()
        if self._block.effect & Effect.EVENT:
            self.event = True
        self._sync()
        self._repair()
        self.memory.drop_stale()

    def _executed(self) -> int:
        """Cycles of the block under way: up to the PC, if that stands inside it."""
        block, pc = self._block, self.registers.get(Reg.PC)
        if block.start <= pc < block.end:
            return measure(block.start, self.memory.load(block.start, pc - block.start)).cycles
        return block.cycles

    def code_under_way(self) -> tuple[int, bytes]:
        """The straight piece of code that runs now: where it begins, and its bytes."""
        start, end = self._block.start, self._block.end
        return start, self.memory.load(start, end - start)

    @property
    def cycles(self) -> int:
        """Cycles executed up to the block under way."""
        return self.cycles_before + self._cycles

    # -- time --------------------------------------------------------------------------------

    def _sync(self) -> None:
        self._clock.now_ps = self._synced_ps = self._base_ps + self._cycles * PS_PER_S // self._rate

    def _rebase(self) -> None:
        self._base_ps = self._synced_ps = self._clock.now_ps
        rate = self._hz()
        if rate != self._rate:
            self._rate = rate
            self.on_rate()
        waits = self.wait_states()
        if waits != self._waits:
            self._waits = waits
            self._blocks.clear()
        self.cycles_before += self._cycles
        self._cycles = 0
        self._plan()

    def _plan(self) -> None:
        due = self._clock.next_alarm_ps()
        self._limit_ps = self._until_ps if due is None else min(due, self._until_ps)
        span = max(0, self._limit_ps - self._base_ps)
        at_once = self._attention or self._repairs
        self._deadline = 0 if at_once else -(-span * self._rate // PS_PER_S)

    def _follow(self, *, wrote: bool = True) -> None:
        """After somebody else had the say: time, rate and the next alarm may have changed."""
        if self._clock.now_ps != self._synced_ps or (wrote and self._hz() != self._rate):
            self._taint()
            self._rebase()
            return
        due = self._clock.next_alarm_ps()
        if due is not None and due < self._limit_ps:
            self._plan()

    # -- hooks -------------------------------------------------------------------------------

    def _hook(self) -> None:
        add = self._uc.hook_add
        add(uc_const.UC_HOOK_BLOCK, self._on_block)
        add(uc_const.UC_HOOK_EDGE_GENERATED, self._on_translated)
        add(uc_const.UC_HOOK_INTR, self._on_interrupt)
        add(uc_const.UC_HOOK_INSN_INVALID, self._on_invalid)
        add(uc_const.UC_HOOK_MEM_WRITE_PROT, self._on_store)
        add(uc_const.UC_HOOK_MEM_UNMAPPED, self._on_unmapped)
        for span in _DEVICES:
            read, write = self._reader(span.start), self._writer(span.start)
            self._uc.mmio_map(span.start, span.size, read, None, write, None)

    def _on_block(self, uc: Any, address: int, size: int, _data: object) -> None:
        straight, start, end, effect, _refill = self._block
        block = self._blocks.get(address) or self._measure(address, size)
        cycles = self._cycles + straight
        if effect:
            self._on_effect(effect)
        if address != end:
            cycles += block.refill
            if address <= start and self._spin is not None:
                cycles = self._spin.turn(address, cycles, self._deadline)
        self._cycles = cycles
        if cycles >= self._deadline and self._pauses():
            self._block = nothing(address)
            self._stop = Stop.PAUSE
            uc.emu_stop()
            return
        self._block = block

    def _pauses(self) -> bool:
        """At a deadline: whether it is one for more than memory to be put right."""
        if self._repairs:
            self._repair()
            self._plan()
        return self._cycles >= self._deadline

    def _on_effect(self, effect: int) -> None:
        if self._spin is not None and effect & Effect.STORES:
            self._spin.stored = True
        if effect & Effect.SYSTEM:
            self.attend()  # and the slice that follows forgets the loop
        if effect & Effect.EVENT:
            self.event = True

    def _on_translated(self, _uc: Any, block: Any, _before: Any, _data: object) -> None:
        self._measure(block.pc, block.size)

    def _measure(self, address: int, size: int) -> Block:
        code = self.memory.load(address, size)
        waits = self._waits if self.memory.is_guarded(address) else 0
        block = self._blocks[address] = measure(address, code, waits)
        self.memory.translated(address, size)
        return block

    def _on_interrupt(self, uc: Any, number: int, _data: object) -> None:
        self._stop = INTERRUPTS.get(number, Stop.UNDEFINED)
        self.fault_address = self.registers.get(Reg.PC)
        uc.emu_stop()

    def _on_invalid(self, _uc: Any, _data: object) -> bool:
        # WFE and YIELD end their block and arrive here with PC behind it; what is undefined
        # lies inside its block.
        if self.registers.get(Reg.PC) == self._block.end:
            self._stop = Stop.WFE if self._ends_in_wfe() else Stop.PAUSE
            if self._stop is Stop.PAUSE:
                self._cycles += self._block.cycles
        elif self.registers.get(Reg.XPSR) & 1 << 24:
            self._stop = Stop.UNDEFINED
        else:
            self._stop = Stop.INVALID_STATE
        return False

    def _ends_in_wfe(self) -> bool:
        tail = self.memory.load(self._block.end - 4, 4)
        return tail[2:] == b"\x20\xbf" or tail == b"\xaf\xf3\x02\x80"

    def _on_breakpoint(self, uc: Any, _address: int, _size: int, _data: object) -> None:
        if self.may_break():
            self._stop = Stop.BREAKPOINT
            uc.emu_stop()

    def _on_unmapped(
        self, _uc: Any, access: int, address: int, _size: int, _value: int, _data: object
    ) -> bool:
        fetch = access == uc_const.UC_MEM_FETCH_UNMAPPED
        self._stop = Stop.FETCH_FAULT if fetch else Stop.DATA_FAULT
        self.fault_address = address & 0xFFFF_FFFF
        return False

    def _on_store(
        self, _uc: Any, _access: int, address: int, size: int, value: int, _data: object
    ) -> bool:
        found = self.memory.at(address)
        guarded = None if found is None else found[1]
        if found is None or guarded is None:
            self._refuse(address)
            return False
        self._taint()
        self._sync()
        offset = found[2]
        wanted = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        try:
            guarded.store(offset, size, int.from_bytes(wanted, "little"), Master.CORE)
            self.memory.stall_fetch(self._block.start)
        except BusFault as fault:
            self._refuse(fault.address)
            return False
        except BaseException as error:  # noqa: BLE001 - nothing may unwind through unicorn
            self._error = error
            return False
        # Unicorn now stores the raw value all the same. What the memory made of it is put back
        # before the next block.
        left = bytes(guarded.buffer[offset : offset + size])
        if left != wanted:
            self._repairs.append((guarded, offset, left))
        self._follow()
        self._plan()
        return True

    def _repair(self) -> None:
        for memory, offset, data in self._repairs:
            memory.buffer[offset : offset + len(data)] = data
            self.memory.invalidate(Span(memory.span.start + offset, len(data)))
        self._repairs.clear()

    def _taint(self) -> None:
        if self._spin is not None:
            self._spin.tainted = True

    def _refuse(self, address: int) -> None:
        self._stop = Stop.DATA_FAULT
        self.fault_address = address
        self._uc.emu_stop()

    def _device(self, address: int) -> tuple[Device, int, bool]:
        device = self._bus.device_at(address)
        if device is None:
            raise BusFault(address, "no device is mapped here")
        offset = address - device.span.start
        timed = isinstance(device, Timed) and offset in device.timed
        self._devices[address] = found = (device, offset, timed)
        return found

    def _reader(self, base: int) -> Callable[[Any, int, int, object], int]:
        def read(uc: Any, offset: int, size: int, _data: object) -> int:
            address = base + offset
            self._sync()
            try:
                device, at, timed = self._devices.get(address) or self._device(address)
                value = device.read(at, size, Master.CORE)
            except BusFault as fault:
                self._refuse(fault.address)
                return 0
            except BaseException as error:  # noqa: BLE001 - nothing may unwind through unicorn
                self._error = error
                uc.emu_stop()
                return 0
            if timed:
                self._taint()
            self._follow(wrote=False)
            return value

        return read

    def _writer(self, base: int) -> Callable[[Any, int, int, int, object], None]:
        def write(uc: Any, offset: int, size: int, value: int, _data: object) -> None:
            address = base + offset
            self._taint()
            self._sync()
            try:
                device, at, _timed = self._devices.get(address) or self._device(address)
                device.write(at, size, value & (1 << 8 * size) - 1, Master.CORE)
                self.memory.stall_fetch(self._block.start)
            except BusFault as fault:
                self._refuse(fault.address)
                return
            except BaseException as error:  # noqa: BLE001 - nothing may unwind through unicorn
                self._error = error
                uc.emu_stop()
                return
            self._follow()

        return write
