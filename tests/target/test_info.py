from __future__ import annotations

from swdflash.chips.data import chip_named
from swdflash.links.base import Offers
from swdflash.target.boot import BootSource, read_boot
from swdflash.target.identify import identify
from swdflash.target.info import gather
from tests.fakes.debug_link import link_to

C8 = chip_named("STM32F103C8")
PROGRAM = bytes.fromhex("00500020 c1000008 c5000008 c7000008")


def test_info_of_a_fresh_blue_pill() -> None:
    link = link_to(C8)
    before = dict(link.words)
    info = gather(identify(link))
    assert info.boot.source is BootSource.FLASH
    assert info.boot.empty
    assert info.reset_flags == ("PINRSTF", "PORRSTF")  # RCC_CSR's reset value, RM0008 §7.3.10
    assert info.voltage == 3.3
    assert info.dbgmcu.set_bits == ()
    assert not info.dbgmcu.keeps_debug_in_low_power
    assert (info.swd.swdio, info.swd.swclk, info.swd.readable) == ("PA13", "PA14", False)
    assert info.hidden_flash is None
    assert link.words == before  # looking changes nothing


def test_dbgmcu_bits_have_names() -> None:
    link = link_to(C8)
    link.words[0xE004_2004] = 0x0000_0107
    info = gather(identify(link))
    assert info.dbgmcu.set_bits == ("DBG_SLEEP", "DBG_STOP", "DBG_STANDBY", "DBG_IWDG_STOP")
    assert info.dbgmcu.keeps_debug_in_low_power


def test_a_probe_that_cannot_measure_is_not_asked() -> None:
    link = link_to(C8)
    link.offers = Offers.NOTHING
    assert gather(identify(link)).voltage is None


def test_the_memory_at_zero_tells_what_was_booted() -> None:
    link = link_to(C8).put(0, PROGRAM).put(C8.flash.start, PROGRAM)
    assert read_boot(link, C8).source is BootSource.FLASH
    assert not read_boot(link, C8).empty
    link.put(0, bytes(range(16)))
    assert read_boot(link, C8).source is BootSource.SYSTEM_MEMORY
    link.put(0, PROGRAM).put(C8.flash.start, b"\xff" * 16)
    assert read_boot(link, C8).source is BootSource.UNKNOWN


def test_flash_that_cannot_be_read_is_no_error() -> None:
    link = link_to(C8)
    link.words[0x4002_201C] |= 1 << 1
    for address in (0, C8.flash.start):
        del link.words[address]
    info = gather(identify(link))
    assert info.protection.read_protected
    assert info.boot.source is BootSource.FLASH
    assert not info.boot.empty  # nobody can see


def test_an_address_zero_that_alone_cannot_be_read_says_nothing() -> None:
    link = link_to(C8)
    del link.words[0]
    assert read_boot(link, C8).source is BootSource.UNKNOWN
