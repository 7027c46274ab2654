from __future__ import annotations

from contextlib import ExitStack

import pytest

from swdflash.links.base import Offers, RomLink
from swdflash.links.dfu.errors import DfuGone, DfuProtected, DfuSilent, NoDfuDevice
from swdflash.links.dfu.evidence import Evidence, serial_of
from swdflash.links.dfu.layout import parse
from swdflash.links.dfu.protocol import PATIENCE_S
from swdflash.links.dfu.rom_link import DfuRom, Opened
from swdflash.links.dfu.states import State
from swdflash.links.errors import NoAnswer, NotOffered, TransferFault
from tests.fakes.dfu_device import (
    INFO,
    LAYOUT,
    MASS_S,
    OPTIONS,
    START,
    DfuDevice,
    Luck,
    link_to,
    opened,
    small_chip,
)

CHIP = small_chip()
LINKS: list[type[RomLink]] = [DfuRom]  # mypy holds it to it


def test_what_it_says_of_itself() -> None:
    about = link_to(DfuDevice()).about
    assert (about.protocol, about.version) == ("AN3156", "1.1a")
    assert about.product_id is None
    assert about.sectors == CHIP.flash.sectors
    assert about.serial == "335D32693431"
    assert not about.protected


def test_a_protected_chip_is_known_at_once() -> None:
    device = DfuDevice()
    device.protected = True
    link = link_to(device)
    assert link.about.protected
    assert device.state is State.IDLE
    with pytest.raises(DfuProtected):
        link.read(START, 4)


def test_memories_are_read_by_their_alternate_setting() -> None:
    device = DfuDevice()
    device.options[:] = bytes(range(16))
    link = link_to(device)
    assert link.read(0x1FFF_C004, 4) == bytes([4, 5, 6, 7])
    assert device.alternate == 1
    assert link.read(START, 4) == b"\xff" * 4
    assert device.alternate == 0
    assert link.read_options() == bytes(range(16))


def test_what_the_rom_does_not_give_is_no_protection() -> None:
    device = DfuDevice()
    link = link_to(device)
    with pytest.raises(TransferFault):
        link.read(0x1FFF_7A10, 12)
    device.protected = True  # as a ROM that says errVENDOR of an address
    with pytest.raises(TransferFault):
        link.read(0x1FFF_7A10, 12)


def test_what_is_given_only_behind_something_else() -> None:
    """An STM32F4 does not let a read begin at its UID, but go over it."""
    device = DfuDevice()
    device.options = bytearray(range(48))  # of which 16 are declared, and 16 can be begun at
    memory = device._memory

    def begins(address: int) -> tuple[bytearray | None, int]:
        return memory(address) if address < 0x1FFF_C010 else (None, 0)

    device._memory = begins  # type: ignore[method-assign]
    link = link_to(device)
    assert link.read(0x1FFF_C010, 12) == bytes(range(16, 28))
    assert link.read(0x1FFF_C022, 2) == bytes([34, 35])
    with pytest.raises(TransferFault) as caught:
        link.read(0x1FFF_C110, 12)
    assert caught.value.address == 0x1FFF_C110


def test_it_leaves_the_device_as_it_should_be() -> None:
    device = DfuDevice()
    with link_to(device) as link:
        assert link.offers is Offers.NOTHING
        link.read(START, 300)
        assert state(device) is State.UPLOAD_IDLE
    assert state(device) is State.IDLE
    link.close()


def state(device: DfuDevice) -> State:
    return device.state


def is_protected(link: DfuRom) -> bool:
    return link.about.protected


def test_closing_a_device_that_went_is_quiet() -> None:
    device = DfuDevice()
    link = link_to(device)
    device.gone = True
    link.close()


def comes_back(device: DfuDevice, after_s: float) -> DfuRom:
    """A link to a device that, once it has reset, is away for a while."""
    back_at = [0.0]

    def reset() -> None:
        device.gone = True
        back_at[0] = device.clock + after_s

    def again() -> Opened:
        if device.gone and device.clock < back_at[0]:
            raise NoDfuDevice("the serial number 335D32693431")
        if device.gone:
            device.plug_in()
        return opened(device)

    device.after_unprotect = reset
    link = DfuRom(opened(device), again, INFO, device.pace, ExitStack())
    link.greet()
    return link


@pytest.mark.parametrize("after_s", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("blocks", [True, False])
def test_unprotect_waits_for_it_to_come_back(after_s: float, blocks: bool) -> None:
    device = DfuDevice()
    device.flash[:] = bytes(len(device.flash))
    device.protected, device.blocks_while_busy = True, blocks
    link = comes_back(device, after_s)
    assert is_protected(link)
    link.unprotect(CHIP)
    assert not is_protected(link)
    assert set(device.flash) == {0xFF}
    assert link.read(START, 4) == b"\xff" * 4
    assert device.resets == 0


@pytest.mark.parametrize("luck", [Luck.LOST, Luck.ANSWER_LOST, Luck.STALLED, Luck.SILENT])
def test_unprotect_with_bad_luck(luck: Luck) -> None:
    """Where the command was lost, the chip is as it was, and that is told."""
    for at in range(1, 4):
        device = DfuDevice()
        device.protected = True
        link = comes_back(device, 0.5)
        start = device.transfers
        device.luck = lambda now, at=start + at: luck if now == at else Luck.GOOD  # type: ignore[misc]
        try:
            link.unprotect(CHIP)
        except DfuProtected:
            link.unprotect(CHIP)
        assert not link.about.protected


def test_a_chip_that_leaves_the_rom_is_told() -> None:
    device = DfuDevice()
    device.protected = True
    link = comes_back(device, 1e9)
    with pytest.raises(DfuSilent, match="BOOT0") as caught:
        link.unprotect(CHIP)
    assert isinstance(caught.value, NoAnswer)
    assert device.clock < 8 * MASS_S * 4 + 3 * PATIENCE_S


def test_option_bytes_are_written_and_the_chip_comes_back() -> None:
    device = DfuDevice()
    link = comes_back(device, 0.5)
    link.write_options(bytes(range(16)))
    assert device.options == bytes(range(16))
    assert link.read_options() == bytes(range(16))
    with pytest.raises(ValueError, match="16 option bytes"):
        link.write_options(b"too few")


def test_option_bytes_that_are_not_declared() -> None:
    link = link_to(DfuDevice(), (LAYOUT,))
    with pytest.raises(NotOffered):
        link.read_options()
    link = link_to(DfuDevice(), (LAYOUT, "@Option Bytes /0x1FFFC000/01*016 a"))
    with pytest.raises(NotOffered):
        link.write_options(bytes(16))


def test_after_run_it_answers_no_more() -> None:
    device = DfuDevice()
    link = comes_back(device, 1e9)
    assert link.answers(CHIP)
    link.flash_link(CHIP).run(START)
    device.after_unprotect()
    assert not link.answers(CHIP)


def test_a_chip_that_came_back_into_the_rom_answers() -> None:
    device = DfuDevice()
    link = comes_back(device, 0.5)
    link.flash_link(CHIP).run(START)
    device.after_unprotect()
    assert link.answers(CHIP)
    assert link.read(START, 4) == b"\xff" * 4


def test_a_device_that_is_gone_says_so() -> None:
    device = DfuDevice()
    link = link_to(device)
    device.gone = True
    with pytest.raises(DfuGone):
        link.read(START, 4)


def test_the_serial_number_is_made_of_the_uid() -> None:
    """0x00360026 + 0x34363036, and the upper half of 0x32365114."""
    uid = bytes.fromhex("26003600 14513632 36303634".replace(" ", ""))
    assert serial_of(uid) == "346C305C3236"
    evidence = Evidence(0x0483, 0xDF11, 0x2200, "346C305C3236", (parse(LAYOUT), parse(OPTIONS, 1)))
    assert evidence.agrees_with(uid) is True
    assert evidence.agrees_with(bytes(12)) is False
    assert evidence.memory("option bytes") == parse(OPTIONS)


@pytest.mark.parametrize("serial", ["STM32FxSTM32", "FFFFFFFEFFFF"])
def test_a_serial_number_that_is_everybody_s_proves_nothing(serial: str) -> None:
    evidence = Evidence(0x0483, 0xDF11, 0x2200, serial, (parse(LAYOUT),))
    assert evidence.agrees_with(bytes(12)) is None
    assert serial_of(b"\xff" * 12) == "FFFFFFFEFFFF"


def test_whether_the_rom_answers_is_asked_again() -> None:
    device = DfuDevice()
    link = comes_back(device, 1e9)
    assert link.answers(CHIP)
    device.after_unprotect()  # a reset, and it stays away
    assert not link.answers(CHIP)
