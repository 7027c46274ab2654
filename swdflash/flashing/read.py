"""Reading memory, and comparing it with an image; neither disturbs the core."""

from __future__ import annotations

from swdflash.events import Listener, Phase, ignore
from swdflash.flashing.access import access_to
from swdflash.flashing.by_reading import read_spans
from swdflash.flashing.mismatch import Compared, verify_failed
from swdflash.flashing.plan import check_in_flash
from swdflash.images.image import Image
from swdflash.memory import Span
from swdflash.target.rom_reach import permit_address
from swdflash.target.rom_target import AnyTarget


def read_memory(target: AnyTarget, span: Span, listen: Listener = ignore) -> bytes:
    """The bytes at `span`. Raises ReadProtected for flash, OutOfRomsReach, and LinkError kinds."""
    chip, link = target.chip, target.link
    permit_address(target, span)
    if chip.flash.span.overlap(span):
        access_to(target).protection().permit_reading(chip)
    return read_spans(link, [span], Phase.READ, listen)[0]


def verify_image(target: AnyTarget, image: Image, listen: Listener = ignore) -> None:
    """Return if the chip holds every byte of the image.

    Raises `VerifyFailed`, OutsideFlash, ReadProtected, and LinkError kinds.
    """
    chip, link = target.chip, target.link
    check_in_flash(image, chip)
    access_to(target).protection().permit_reading(chip)
    held = read_spans(link, image.spans, Phase.VERIFY, listen)
    compared = [
        Compared(segment.span, segment.data, data)
        for segment, data in zip(image.segments, held, strict=True)
    ]
    if error := verify_failed(compared, chip.flash.erased):
        raise error
