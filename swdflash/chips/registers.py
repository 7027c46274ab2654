"""Register values that know their fields, under ST's or Arm's spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, overload


@dataclass(frozen=True, slots=True)
class Field:
    """Bits `lsb + width - 1` to `lsb` of a register; on a `Register` class it reads as an int."""

    lsb: int
    width: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the way manuals write it: "7:4", or "7" for one bit. Raises ValueError."""
        msb, _, lsb = text.partition(":")
        low = int(lsb or msb)
        width = int(msb) - low + 1
        if low < 0 or width < 1 or low + width > 32:
            raise ValueError(text)
        return cls(low, width)

    @property
    def mask(self) -> int:
        """The field's bits in place."""
        return ((1 << self.width) - 1) << self.lsb

    def of(self, value: int) -> int:
        """What the field holds in a register's `value`."""
        return (value & self.mask) >> self.lsb

    def put(self, value: int, content: int) -> int:
        """A register's `value` with `content` in this field."""
        return (value & ~self.mask) | ((content << self.lsb) & self.mask)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: int, owner: type) -> int: ...
    def __get__(self, instance: int | None, owner: type) -> Self | int:
        return self if instance is None else self.of(instance)


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit of a register; on a `Register` class it reads as a bool."""

    number: int

    @property
    def mask(self) -> int:
        """The bit in place."""
        return 1 << self.number

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: int, owner: type) -> bool: ...
    def __get__(self, instance: int | None, owner: type) -> Self | bool:
        return self if instance is None else bool(instance & self.mask)


class Register(int):
    """A register's value. `DHCSR(value).S_HALT` is a bool, `DHCSR.S_HALT.mask` its mask."""

    address: int

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self):#010x})"


@dataclass(frozen=True)
class Layout:
    """A register as `targets/` describes it: where it is and what its bits are called."""

    address: int
    reset: int
    fields: dict[str, Field]

    def named(self, value: int) -> dict[str, int]:
        """Every field of `value`, by name."""
        return {name: field.of(value) for name, field in self.fields.items()}

    def set_bits(self, value: int) -> tuple[str, ...]:
        """Names of the fields that are not zero in `value`, lowest bit first."""
        return tuple(name for name, field in self.fields.items() if field.of(value))
