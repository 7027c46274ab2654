"""Registers declared once: where they are, what reset leaves in them, who may write which bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, overload

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind

MASK32 = 0xFFFF_FFFF

Log = Callable[[str], None]
Reader = Callable[[Any], int]
Writer = Callable[[Any, int], None]
R = TypeVar("R", bound=Reader)
W = TypeVar("W", bound=Writer)


def no_log(_text: str) -> None:
    """Nobody listens."""


class Register:
    """A 32-bit register as the manual's bit table gives it; on an instance, its value.

    `offset` is from the block's base; `reset` the value after a reset of a kind not in `survives`
    (the backup domain and DBGMCU survive most); `writable` the rw bits, `rc_w1` those that
    software clears by writing 1; a `write_only` register reads as 0.
    """

    def __init__(
        self,
        offset: int,
        *,
        reset: int = 0,
        writable: int = MASK32,
        rc_w1: int = 0,
        write_only: bool = False,
        survives: frozenset[ResetKind] = frozenset(),
    ) -> None:
        self.offset = offset
        self.reset = reset
        self.writable = writable & ~rc_w1
        self.rc_w1 = rc_w1
        self.write_only = write_only
        self.survives = survives
        self.name = "?"
        self.reader: Reader | None = None
        self.writer: Writer | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, block: None, owner: type) -> Register: ...
    @overload
    def __get__(self, block: RegisterBlock, owner: type) -> int: ...
    def __get__(self, block: RegisterBlock | None, owner: type) -> Register | int:
        return self if block is None else block.values[self.offset]

    def __set__(self, block: RegisterBlock, value: int) -> None:
        block.values[self.offset] = value & MASK32

    def reads(self, method: R) -> R:
        """Decorator: `method(block)` gives the value that the bus reads."""
        self.reader = method
        return method

    def writes(self, method: W) -> W:
        """Decorator: `method(block, value)` takes what the bus writes instead of the bit masks."""
        self.writer = method
        return method

    def merged(self, old: int, value: int) -> int:
        """What the register holds after `value` is written over `old`."""
        kept = old & ~self.writable & ~(self.rc_w1 & value)
        return (kept | (value & self.writable)) & MASK32


class RegisterBlock:
    """A peripheral: a `Device` made of registers.

    Subclasses declare `Register`s as class attributes. `clocked` tells whether the RCC clocks the
    peripheral; without a clock it reads 0 and ignores writes (RM0008 §7.3.7, note).
    """

    registers: ClassVar[dict[int, Register]] = {}
    size: ClassVar[int] = 0x400  # RM0008 Table 3
    on_apb: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = [item for item in vars(cls).values() if isinstance(item, Register)]
        cls.registers = cls.registers | {register.offset: register for register in own}

    def __init__(self, base: int, log: Log = no_log) -> None:
        self.span = Span(base, self.size)
        self.log = log
        self.clocked: Callable[[], bool] = lambda: True
        self.values = {offset: register.reset for offset, register in self.registers.items()}

    @property
    def name(self) -> str:
        """The peripheral's name in messages."""
        return type(self).__name__.upper()

    def reset(self, kind: ResetKind) -> None:
        """Put the reset values in, but where a register survives this kind."""
        for offset, register in self.registers.items():
            if kind not in register.survives:
                self.values[offset] = register.reset

    def reset_by_rcc(self) -> None:
        """A pulse on the peripheral's bit in an RCC RSTR (RM0008 §7.3.4)."""
        self.reset(ResetKind.SYSTEM)

    def read(self, offset: int, size: int, master: Master) -> int:
        """The addressed bytes of a register; 0 where there is none."""
        if not self.clocked():
            self.log(f"{self.name}: read while its clock is not enabled returns 0 (RM0008 §7.3)")
            return 0
        register = self.registers.get(offset & ~3)
        if register is None or register.write_only:
            return 0
        word = register.reader(self) if register.reader else self.values[register.offset]
        return (word >> (offset & 3) * 8) & ((1 << size * 8) - 1)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Write a register, through its hook if it has one."""
        if not self.clocked():
            self.log(f"{self.name}: write while its clock is not enabled is lost (RM0008 §7.3)")
            return
        register = self.registers.get(offset & ~3)
        if register is None:
            return
        word = self._widened(register, offset & 3, size, value)
        if register.writer:
            register.writer(self, word)
        else:
            self.values[register.offset] = register.merged(self.values[register.offset], word)

    def _widened(self, register: Register, lane: int, size: int, value: int) -> int:
        """The 32-bit write that a narrower one becomes.

        The bridge to APB repeats the bytes over the word (RM0008 §2.1); AHB has byte lanes.
        """
        if size == 4:
            return value
        if self.on_apb:
            return value * (0x0101_0101 if size == 1 else 0x0001_0001)
        mask = ((1 << size * 8) - 1) << lane * 8
        kept = 0 if register.write_only else self.values[register.offset] & ~register.rc_w1
        return (kept & ~mask) | (value << lane * 8 & mask)
