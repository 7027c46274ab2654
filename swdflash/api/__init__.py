"""What `import swdflash` offers: the same functions that the command line is made of."""

from __future__ import annotations

from swdflash.api.boot import (
    BackInFlash,
    await_rom,
    boot_flash,
    boot_state,
    find_lines,
    leads_to_pins,
    require_interface,
    rom_vectors,
)
from swdflash.api.dbgmcu import change_dbgmcu, dbgmcu_after, dbgmcu_found, dbgmcu_groups
from swdflash.api.images import check_image, files_of, read_image
from swdflash.api.machine import await_change, find_attached, gather_facts, probe_firmware
from swdflash.api.readiness import Readiness, prove_reset_wire, readiness
from swdflash.api.recovery import open_bench
from swdflash.api.shortcuts import erase, write
from swdflash.api.targets import (
    Program,
    RecordTo,
    find_probes,
    open_rom_target,
    open_target,
    program_at,
    reset,
    start,
)
from swdflash.api.without_probe import RomOnUsb, rom_without_probe
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named, known_chips
from swdflash.doctor.examine import examine
from swdflash.errors import Exit, SwdflashError
from swdflash.flashing.carry_out import Done
from swdflash.flashing.erase import PreparedErase, prepare_erase
from swdflash.flashing.plan import EraseMode, Plan, PlanOptions
from swdflash.flashing.read import read_memory, verify_image
from swdflash.flashing.write import PreparedWrite, plan_write, prepare_write
from swdflash.host.found import Attached
from swdflash.images.describe import ImageFacts, describe_image
from swdflash.images.image import Image
from swdflash.images.load import LoadedImage
from swdflash.links.base import Connect, Reset
from swdflash.links.engine import Engine, EngineChoice
from swdflash.recovery.diagnose import diagnose
from swdflash.recovery.finding import Cause, Finding
from swdflash.recovery.recover import Recovered, recover
from swdflash.target.arrival import Arrival
from swdflash.target.boot_rom import RomStarted, start_rom
from swdflash.target.boot_state import BootState
from swdflash.target.info import TargetInfo, gather
from swdflash.target.presence import OnConnect
from swdflash.target.reset import reset_and_halt, reset_and_run
from swdflash.target.rom_info import RomInfo, gather_rom
from swdflash.target.rom_target import AnyTarget, RomTarget
from swdflash.target.target import Target
from swdflash.target.unprotect import Unprotected, is_read_protected, unprotect

__all__ = [
    "AnyTarget",
    "Arrival",
    "Attached",
    "BackInFlash",
    "BootState",
    "Cause",
    "Chip",
    "Connect",
    "Done",
    "Engine",
    "EngineChoice",
    "EraseMode",
    "Exit",
    "Finding",
    "Image",
    "ImageFacts",
    "LoadedImage",
    "OnConnect",
    "Plan",
    "PlanOptions",
    "PreparedErase",
    "PreparedWrite",
    "Program",
    "Readiness",
    "RecordTo",
    "Recovered",
    "Reset",
    "RomInfo",
    "RomOnUsb",
    "RomStarted",
    "RomTarget",
    "SwdflashError",
    "Target",
    "TargetInfo",
    "Unprotected",
    "await_change",
    "await_rom",
    "boot_flash",
    "boot_state",
    "change_dbgmcu",
    "check_image",
    "chip_named",
    "dbgmcu_after",
    "dbgmcu_found",
    "dbgmcu_groups",
    "describe_image",
    "diagnose",
    "erase",
    "examine",
    "files_of",
    "find_attached",
    "find_lines",
    "find_probes",
    "gather",
    "gather_facts",
    "gather_rom",
    "is_read_protected",
    "known_chips",
    "leads_to_pins",
    "open_bench",
    "open_rom_target",
    "open_target",
    "plan_write",
    "prepare_erase",
    "prepare_write",
    "probe_firmware",
    "program_at",
    "prove_reset_wire",
    "read_image",
    "read_memory",
    "readiness",
    "recover",
    "require_interface",
    "reset",
    "reset_and_halt",
    "reset_and_run",
    "rom_vectors",
    "rom_without_probe",
    "start",
    "start_rom",
    "unprotect",
    "verify_image",
    "write",
]
