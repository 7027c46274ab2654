"""Reset and clock control of the STM32F0 (RM0091 §6): the STM32F1's, and HSI48."""

from __future__ import annotations

from swdflash.sim.chip.peripherals.rcc import HSI_HZ, Rcc
from swdflash.sim.chip.peripherals.registers import Register

HSI48_HZ = 48_000_000  # RM0091 §6.2.3
HCLK_MAX_HZ = 48_000_000
CR2_HSI14ON, CR2_HSI48ON = 1 << 0, 1 << 16
SW_HSI48 = 3
PLLSRC_HALF_HSI, PLLSRC_HSI, PLLSRC_HSE, PLLSRC_HSI48 = range(4)


class F0Rcc(Rcc):
    """What differs: GPIO is on AHB, one APB prescaler, PREDIV before the PLL, SW may be HSI48."""

    hclk_max_hz = HCLK_MAX_HZ
    flags = 0xFE00_0000

    CFGR = Register(0x04, writable=0xFF7F_C7F3)
    CFGR.writer, CFGR.reader = Rcc.CFGR.writer, Rcc.CFGR.reader
    AHBRSTR = Register(0x28)
    CFGR2 = Register(0x2C, writable=0xF)
    CFGR3 = Register(0x30)
    CR2 = Register(0x34, reset=0x80, writable=0x0001_00FD)

    @property
    def name(self) -> str:
        """As ST calls it."""
        return "RCC"

    @property
    def pclk2_hz(self) -> int:
        """There is one APB clock (§6.2, Figure 11)."""
        return self.pclk1_hz

    @property
    def sysclk_hz(self) -> int:
        """What CFGR.SW selects."""
        return (HSI_HZ, self.hse_hz or HSI_HZ, self._pll_hz, HSI48_HZ)[self.CFGR & 3]

    @property
    def _pll_hz(self) -> int:
        predivided = {
            PLLSRC_HALF_HSI: HSI_HZ // 2,
            PLLSRC_HSI: HSI_HZ // self._prediv,
            PLLSRC_HSE: (self.hse_hz or HSI_HZ) // self._prediv,
            PLLSRC_HSI48: HSI48_HZ // self._prediv,
        }
        return predivided[self.CFGR >> 15 & 3] * min((self.CFGR >> 18 & 0xF) + 2, 16)

    @property
    def _prediv(self) -> int:
        return self.CFGR2 + 1

    @CR2.reads
    def _read_cr2(self) -> int:
        ready = self.CR2 & (CR2_HSI14ON | CR2_HSI48ON)
        return self.CR2 | ready << 1

    def may_switch_to(self, source: int) -> bool:
        """HSI48 has its own ready bit."""
        if source == SW_HSI48:
            return bool(self.CR2 & CR2_HSI48ON)
        return super().may_switch_to(source)

    @AHBRSTR.writes
    def _ahbrstr(self, value: int) -> None:
        self._reset_peripherals(type(self).AHBRSTR, self.AHBRSTR, value)
        self.AHBRSTR = value

    def leave_stop(self) -> None:
        """HSI48 is off, too (RM0091 §5.3.5)."""
        self.CR2 &= ~CR2_HSI48ON
        super().leave_stop()
