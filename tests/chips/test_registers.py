from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.chips import arm
from swdflash.chips.arm import CPUID, DHCSR, DPIDR, PIDR
from swdflash.chips.registers import Bit, Field, Layout, Register
from tests.fakes.debug_link import rom_table

WORDS = st.integers(0, 0xFFFF_FFFF)


def test_a_value_knows_its_bits() -> None:
    dhcsr = DHCSR(0x0003_0003)
    assert dhcsr.S_HALT is True
    assert dhcsr.S_LOCKUP is False
    assert DHCSR.S_HALT.mask == 1 << 17
    assert DHCSR.DBGKEY | DHCSR.C_DEBUGEN.mask | DHCSR.C_HALT.mask == 0xA05F_0003
    assert dhcsr == 0x0003_0003
    assert repr(dhcsr) == "DHCSR(0x00030003)"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0x411F_C231, "Cortex-M3 r1p1"),
        (0x412F_C231, "Cortex-M3 r2p1"),
        (0x410F_C241, "Cortex-M4 r0p1"),
        (0x631F_1320, "core 0x132 r1p0"),
    ],
)
def test_cores_are_named_as_arm_names_them(value: int, name: str) -> None:
    assert str(CPUID(value)) == name


def test_dpidr_of_a_genuine_f1() -> None:
    dpidr = DPIDR(0x1BA0_1477)
    assert (dpidr.DESIGNER, dpidr.VERSION, dpidr.PARTNO, dpidr.REVISION) == (0x23B, 1, 0xBA, 1)


@given(designer=st.integers(0, 0x7FF), part=st.integers(0, 0xFFF), jedec=st.booleans())
def test_pidr_is_put_together_from_its_bytes(designer: int, part: int, jedec: bool) -> None:
    pidr = PIDR.from_words(rom_table(designer, part, jedec=jedec))
    assert (pidr.designer, pidr.part, pidr.jedec) == (designer, part, jedec)


def test_pidr_of_an_st_part() -> None:
    words = bytes.fromhex("00000000 00000000 00000000 00000000 10000000 04000000 0a000000 00000000")
    pidr = PIDR.from_words(words)
    assert pidr == 0x00_000A_0410
    assert (pidr.designer, pidr.part, pidr.jedec) == (0x020, 0x410, True)


@pytest.mark.parametrize(
    ("text", "mask"), [("0", 1), ("31", 1 << 31), ("7:4", 0xF0), ("31:0", 0xFFFF_FFFF)]
)
def test_fields_are_written_as_in_the_manual(text: str, mask: int) -> None:
    assert Field.parse(text).mask == mask


@pytest.mark.parametrize("text", ["", "a", "32", "0:1", "32:1", "-1", "3:-1", "1:2:3"])
def test_what_is_no_field(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Field.parse(text)


@given(value=WORDS, content=st.integers(0, 15), lsb=st.integers(0, 28))
def test_what_is_put_into_a_field_comes_out_and_leaves_the_rest(
    value: int, content: int, lsb: int
) -> None:
    field = Field(lsb, 4)
    put = field.put(value, content)
    assert field.of(put) == content
    assert put & ~field.mask == value & ~field.mask


def test_set_bits_are_named_in_the_order_of_the_file() -> None:
    layout = Layout(0, 0, {"BSY": Field(0), "EOP": Field(5), "SW": Field(8, 2)})
    assert layout.set_bits(0x221) == ("BSY", "EOP", "SW")
    assert layout.named(0x200) == {"BSY": 0, "EOP": 0, "SW": 2}


def test_no_two_of_arms_registers_share_an_address_and_no_two_fields_a_bit() -> None:
    kinds = [kind for kind in vars(arm).values() if isinstance(kind, type)]
    registers = [kind for kind in kinds if issubclass(kind, Register) and "address" in vars(kind)]
    assert len({kind.address for kind in registers}) == len(registers) > 10
    for kind in registers:
        masks = [part.mask for part in vars(kind).values() if isinstance(part, (Bit, Field))]
        assert sum(masks) == 0 or sum(masks).bit_count() == sum(mask.bit_count() for mask in masks)
