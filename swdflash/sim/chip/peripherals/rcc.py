"""Reset and clock control (RM0008 §7)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

HSI_HZ = 8_000_000  # RM0008 §7.2.2
PLL_MAX_HZ = 72_000_000

CR_HSION, CR_HSIRDY = 1 << 0, 1 << 1
CR_HSEON, CR_HSERDY = 1 << 16, 1 << 17
CR_PLLON, CR_PLLRDY = 1 << 24, 1 << 25
CSR_LSION, CSR_LSIRDY, CSR_RMVF = 1 << 0, 1 << 1, 1 << 24
CSR_FLAGS = 0xFC00_0000
BDCR_LSEON, BDCR_LSERDY, BDCR_RTCEN, BDCR_BDRST = 1 << 0, 1 << 1, 1 << 15, 1 << 16
LSI_HZ = 40_000  # typ (DS5319 Table 25)
LSE_HZ = 32_768

FLAGS = {  # RM0008 §7.3.10; every reset also pulls NRST low (§7.1, Figure 4): PINRSTF
    ResetKind.POWER_ON: 1 << 27 | 1 << 26,
    ResetKind.NRST: 1 << 26,
    ResetKind.SYSTEM: 1 << 28 | 1 << 26,
    ResetKind.IWDG: 1 << 29 | 1 << 26,
    ResetKind.WWDG: 1 << 30 | 1 << 26,
    ResetKind.LOW_POWER: 1 << 31 | 1 << 26,
    ResetKind.STANDBY: 1 << 26,  # PORRSTF is for POR and PDR alone
    ResetKind.OPTION_LOAD: 1 << 25 | 1 << 26,  # OBLRSTF (RM0091 §6.4.10)
}
BACKUP = frozenset(ResetKind) - {ResetKind.POWER_ON}


class Rcc(RegisterBlock):
    """Oscillators are ready as soon as they are on; HSE only where the board has a crystal."""

    on_apb = False
    hclk_max_hz = PLL_MAX_HZ
    flags = CSR_FLAGS  # of CSR: why the chip was reset

    CR = Register(0x00, reset=0x0000_0083, writable=0x010D_00F9)
    CFGR = Register(0x04, writable=0x07FF_FFF3)
    CIR = Register(0x08, writable=0x0000_1F00)
    APB2RSTR = Register(0x0C)
    APB1RSTR = Register(0x10)
    AHBENR = Register(0x14, reset=0x14)
    APB2ENR = Register(0x18)
    APB1ENR = Register(0x1C)
    BDCR = Register(0x20, writable=0x0001_8305, survives=BACKUP)
    CSR = Register(0x24, survives=BACKUP)

    def __init__(self, base: int, hse_hz: int | None = HSI_HZ, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.hse_hz = hse_hz
        self.hclk_hz = HSI_HZ
        self.on_hclk: Callable[[int], None] = lambda _hz: None
        self.on_rtc_clock: Callable[[], None] = lambda: None
        self.on_backup_reset: Callable[[], None] = lambda: None
        self.backup_unlocked: Callable[[], bool] = lambda: True
        self.resets: dict[tuple[int, int], Callable[[], None]] = {}

    def enables(self, register: Register, bit: int) -> Callable[[], bool]:
        """Whether the RCC clocks the peripheral behind a bit of an ENR."""
        return lambda: bool(self.values[register.offset] >> bit & 1)

    def reset(self, kind: ResetKind) -> None:
        """Run from HSI again; CSR collects causes until RMVF."""
        super().reset(kind)
        self.CSR = FLAGS[kind] | (0 if kind.of_supply else self.CSR & self.flags)
        self._follow_cfgr()
        self.on_rtc_clock()

    def note_reset(self, kind: ResetKind) -> None:
        """Set the flags of one more cause."""
        self.CSR |= FLAGS[kind]

    def leave_stop(self) -> None:
        """HSI is the system clock again, HSE and PLL are off (RM0008 §5.3.4, Table 14)."""
        self.CR = self.CR & ~(CR_HSEON | CR_HSERDY | CR_PLLON | CR_PLLRDY) | CR_HSION | CR_HSIRDY
        self.CFGR &= ~3
        self._follow_cfgr()

    @property
    def rtc_hz(self) -> int:
        """What BDCR gives the RTC; 0 where it gives nothing."""
        if not self.BDCR & BDCR_RTCEN:
            return 0
        lse = LSE_HZ if self.BDCR & BDCR_LSEON else 0
        return (0, lse, LSI_HZ, (self.hse_hz or 0) // 128)[self.BDCR >> 8 & 3]

    @property
    def hsi_on(self) -> bool:
        """Flash programs by HSI alone."""
        return bool(self.CR & CR_HSION)

    @property
    def sysclk_hz(self) -> int:
        """What CFGR.SW selects."""
        return (HSI_HZ, self.hse_hz or HSI_HZ, self._pll_hz, HSI_HZ)[self.CFGR & 3]

    @property
    def pclk1_hz(self) -> int:
        """HCLK behind the APB1 prescaler."""
        ppre = self.CFGR >> 8 & 7
        return self.hclk_hz >> ((ppre & 3) + 1 if ppre & 4 else 0)

    @property
    def pclk2_hz(self) -> int:
        """HCLK behind the APB2 prescaler."""
        ppre = self.CFGR >> 11 & 7
        return self.hclk_hz >> ((ppre & 3) + 1 if ppre & 4 else 0)

    @property
    def _pll_hz(self) -> int:
        source = HSI_HZ // 2
        if self.CFGR & 1 << 16:
            source = (self.hse_hz or HSI_HZ) // (2 if self.CFGR & 1 << 17 else 1)
        return int(source * min((self.CFGR >> 18 & 0xF) + 2, 16))

    @CR.writes
    def _cr(self, value: int) -> None:
        cr = type(self).CR.merged(self.CR, value) & ~(CR_HSIRDY | CR_HSERDY | CR_PLLRDY)
        cr |= (CR_HSION, CR_HSEON, CR_PLLON)[self.CFGR & 3] if self.CFGR & 3 < 3 else CR_HSION
        cr |= CR_HSIRDY if cr & CR_HSION else 0
        cr |= CR_HSERDY if cr & CR_HSEON and self.hse_hz else 0
        cr |= CR_PLLRDY if cr & CR_PLLON else 0
        self.CR = cr

    @CFGR.writes
    def _cfgr(self, value: int) -> None:
        wanted = value & 3
        switches = self.may_switch_to(wanted)
        self.CFGR = value & type(self).CFGR.writable & ~3 | (wanted if switches else self.CFGR & 3)
        self._follow_cfgr()
        if self.hclk_hz > self.hclk_max_hz:
            limit = f"{self.hclk_max_hz // 1_000_000} MHz (RM0008 §7.2)"
            self.log(f"RCC_CFGR: HCLK of {self.hclk_hz} Hz must not exceed {limit}")

    def may_switch_to(self, source: int) -> bool:
        """Whether the clock that CFGR.SW is to select is ready."""
        return bool(self.CR & (CR_HSIRDY, CR_HSERDY, CR_PLLRDY, 0)[source])

    def _follow_cfgr(self) -> None:
        """HCLK is SYSCLK behind the AHB prescaler."""
        hpre = self.CFGR >> 4 & 0xF
        shift = (1, 2, 3, 4, 6, 7, 8, 9)[hpre & 7] if hpre & 8 else 0
        self.hclk_hz = self.sysclk_hz >> shift
        self.on_hclk(self.hclk_hz)

    @CFGR.reads
    def _read_cfgr(self) -> int:
        return self.CFGR | (self.CFGR & 3) << 2  # SWS follows SW

    @APB2RSTR.writes
    def _apb2rstr(self, value: int) -> None:
        self._reset_peripherals(type(self).APB2RSTR, self.APB2RSTR, value)
        self.APB2RSTR = value

    @APB1RSTR.writes
    def _apb1rstr(self, value: int) -> None:
        self._reset_peripherals(type(self).APB1RSTR, self.APB1RSTR, value)
        self.APB1RSTR = value

    def _reset_peripherals(self, register: Register, old: int, value: int) -> None:
        for (offset, bit), reset in self.resets.items():
            if offset == register.offset and (value & ~old) >> bit & 1:
                reset()

    @BDCR.writes
    def _bdcr(self, value: int) -> None:
        """Write-protected until PWR_CR.DBP is set (§7.3.9, note)."""
        if not self.backup_unlocked():
            self.log("RCC_BDCR: write-protected; set DBP in PWR_CR first (RM0008 §7.3.9)")
            return
        if value & BDCR_BDRST:
            self.BDCR = BDCR_BDRST
            self.on_backup_reset()
        else:
            ready = BDCR_LSERDY if value & BDCR_LSEON else 0
            self.BDCR = value & type(self).BDCR.writable | ready
        self.on_rtc_clock()

    @CSR.writes
    def _csr(self, value: int) -> None:
        flags = 0 if value & CSR_RMVF else self.CSR & self.flags
        self.CSR = flags | (CSR_LSION | CSR_LSIRDY if value & CSR_LSION else 0)
