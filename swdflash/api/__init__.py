"""What `import swdflash` offers: the same functions that the command line is made of."""

from __future__ import annotations

from swdflash.api.images import check_image, files_of, read_image
from swdflash.api.targets import Program, find_probes, open_target, program_at, start
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named, known_chips
from swdflash.errors import Exit, SwdflashError
from swdflash.flashing.plan import EraseMode, Plan, PlanOptions
from swdflash.images.describe import ImageFacts, describe_image
from swdflash.images.image import Image
from swdflash.images.load import LoadedImage
from swdflash.links.base import Connect, Reset
from swdflash.target.info import TargetInfo, gather
from swdflash.target.reset import reset_and_halt, reset_and_run
from swdflash.target.target import Target

__all__ = [
    "Chip",
    "Connect",
    "EraseMode",
    "Exit",
    "Image",
    "ImageFacts",
    "LoadedImage",
    "Plan",
    "PlanOptions",
    "Program",
    "Reset",
    "SwdflashError",
    "Target",
    "TargetInfo",
    "check_image",
    "chip_named",
    "describe_image",
    "files_of",
    "find_probes",
    "gather",
    "known_chips",
    "open_target",
    "program_at",
    "read_image",
    "reset_and_halt",
    "reset_and_run",
    "start",
]
