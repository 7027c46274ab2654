"""Reset and clock control of the STM32F4 (RM0090 §7)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.rcc import (
    BACKUP,
    CR_HSEON,
    CR_HSERDY,
    CR_HSION,
    CR_HSIRDY,
    CR_PLLON,
    CR_PLLRDY,
    CSR_LSION,
    CSR_LSIRDY,
    CSR_RMVF,
    FLAGS,
)
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

HSI_HZ = 16_000_000  # RM0090 §7.2.2
LSI_HZ = 32_000  # typ (DS8626, LSI oscillator characteristics)
HCLK_MAX_HZ = 168_000_000
CSR_FLAGS = 0xFE00_0000
BORRSTF = 1 << 25
PLLSRC_HSE = 1 << 22
CR_PLLI2SON, CR_PLLI2SRDY = 1 << 26, 1 << 27
READY = ((CR_HSION, CR_HSIRDY), (CR_HSEON, CR_HSERDY), (CR_PLLON, CR_PLLRDY))
HPRE = (1, 2, 3, 4, 6, 7, 8, 9)  # shifts


class F4Rcc(RegisterBlock):
    """Oscillators are ready as soon as they are on; HSE only where the board has a crystal."""

    on_apb = False

    CR = Register(0x00, reset=0x83, writable=0x050D_00F9)
    PLLCFGR = Register(0x04, reset=0x2400_3010, writable=0x0F43_7FFF)
    CFGR = Register(0x08)
    CIR = Register(0x0C, writable=0x0000_3F00)
    AHB1RSTR = Register(0x10)
    AHB2RSTR = Register(0x14)
    APB1RSTR = Register(0x20)
    APB2RSTR = Register(0x24)
    AHB1ENR = Register(0x30, reset=0x0010_0000)
    AHB2ENR = Register(0x34)
    APB1ENR = Register(0x40)
    APB2ENR = Register(0x44)
    BDCR = Register(0x70, survives=BACKUP)
    CSR = Register(0x74, survives=BACKUP)

    def __init__(self, base: int, hse_hz: int | None, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.hse_hz = hse_hz
        self.hclk_hz = HSI_HZ
        self.on_hclk: Callable[[int], None] = lambda _hz: None
        self.resets: dict[tuple[int, int], Callable[[], None]] = {}

    @property
    def name(self) -> str:
        """As ST calls it."""
        return "RCC"

    def enables(self, register: Register, bit: int) -> Callable[[], bool]:
        """Whether the RCC clocks the peripheral behind a bit of an ENR."""
        return lambda: bool(self.values[register.offset] >> bit & 1)

    def reset(self, kind: ResetKind) -> None:
        """Run from HSI again; CSR collects causes until RMVF."""
        super().reset(kind)
        brown_out = BORRSTF if kind is ResetKind.POWER_ON else 0  # set with PORRSTF (§7.3.21)
        self.CSR = FLAGS[kind] | brown_out | (0 if kind.of_supply else self.CSR & CSR_FLAGS)
        self._follow_cfgr()

    def note_reset(self, kind: ResetKind) -> None:
        """Set the flags of one more cause."""
        self.CSR |= FLAGS[kind]

    def leave_stop(self) -> None:
        """HSI is the system clock again, HSE and PLL are off (RM0090 §5.3.5)."""
        self.CR = self.CR & ~(CR_HSEON | CR_HSERDY | CR_PLLON | CR_PLLRDY) | CR_HSION | CR_HSIRDY
        self.CFGR &= ~3
        self._follow_cfgr()

    @property
    def sysclk_hz(self) -> int:
        """What CFGR.SW selects."""
        return (HSI_HZ, self.hse_hz or HSI_HZ, self._pll_hz, HSI_HZ)[self.CFGR & 3]

    @property
    def pclk1_hz(self) -> int:
        """HCLK behind the APB1 prescaler."""
        return self._divided(self.CFGR >> 10 & 7)

    @property
    def pclk2_hz(self) -> int:
        """HCLK behind the APB2 prescaler."""
        return self._divided(self.CFGR >> 13 & 7)

    def _divided(self, ppre: int) -> int:
        return self.hclk_hz >> ((ppre & 3) + 1 if ppre & 4 else 0)

    @property
    def _pll_hz(self) -> int:
        """f(VCO) = input * N / M, f(PLL) = f(VCO) / P (§7.3.2)."""
        cfg = self.PLLCFGR
        source = (self.hse_hz or HSI_HZ) if cfg & PLLSRC_HSE else HSI_HZ
        m, n, p = max(cfg & 0x3F, 2), cfg >> 6 & 0x1FF, ((cfg >> 16 & 3) + 1) * 2
        return source * n // m // p

    @CR.writes
    def _cr(self, value: int) -> None:
        cr = type(self).CR.merged(self.CR, value)
        cr &= ~(CR_HSIRDY | CR_HSERDY | CR_PLLRDY | CR_PLLI2SRDY)
        selected = self.CFGR & 3
        cr |= READY[selected][0] if selected < 3 else CR_HSION  # in use: it stays on
        for on, ready in (*READY, (CR_PLLI2SON, CR_PLLI2SRDY)):
            there = on != CR_HSEON or self.hse_hz
            cr |= ready if cr & on and there else 0
        self.CR = cr

    @CFGR.writes
    def _cfgr(self, value: int) -> None:
        wanted = value & 3
        ready = wanted < 3 and self.CR & READY[wanted][1]
        self.CFGR = value & ~0xF | (wanted if ready else self.CFGR & 3)
        self._follow_cfgr()
        if self.hclk_hz > HCLK_MAX_HZ:
            self.log(f"RCC_CFGR: HCLK of {self.hclk_hz} Hz must not exceed 168 MHz (RM0090 §7.2)")

    def _follow_cfgr(self) -> None:
        """HCLK is SYSCLK behind the AHB prescaler."""
        hpre = self.CFGR >> 4 & 0xF
        self.hclk_hz = self.sysclk_hz >> (HPRE[hpre & 7] if hpre & 8 else 0)
        self.on_hclk(self.hclk_hz)

    @CFGR.reads
    def _read_cfgr(self) -> int:
        return self.CFGR | (self.CFGR & 3) << 2  # SWS follows SW

    @AHB1RSTR.writes
    def _ahb1rstr(self, value: int) -> None:
        self._reset_peripherals(type(self).AHB1RSTR, value)

    @APB1RSTR.writes
    def _apb1rstr(self, value: int) -> None:
        self._reset_peripherals(type(self).APB1RSTR, value)

    @APB2RSTR.writes
    def _apb2rstr(self, value: int) -> None:
        self._reset_peripherals(type(self).APB2RSTR, value)

    def _reset_peripherals(self, register: Register, value: int) -> None:
        old, self.values[register.offset] = self.values[register.offset], value
        for (offset, bit), reset in self.resets.items():
            if offset == register.offset and (value & ~old) >> bit & 1:
                reset()

    @CSR.writes
    def _csr(self, value: int) -> None:
        flags = 0 if value & CSR_RMVF else self.CSR & CSR_FLAGS
        self.CSR = flags | (CSR_LSION | CSR_LSIRDY if value & CSR_LSION else 0)
