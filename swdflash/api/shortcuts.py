"""The usual ways in one call each; progress goes to a listener, the plan is made on the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from swdflash.api.images import check_image
from swdflash.events import Listener, ignore
from swdflash.flashing.carry_out import Done
from swdflash.flashing.erase import prepare_erase
from swdflash.flashing.plan import PlanOptions
from swdflash.flashing.write import prepare_write
from swdflash.images.load import LoadedImage
from swdflash.memory import Span
from swdflash.target.rom_target import AnyTarget


def write(
    target: AnyTarget,
    image: LoadedImage,
    options: PlanOptions | None = None,
    listen: Listener = ignore,
    *,
    force: Collection[str] = (),
    reset: bool = True,
) -> Done:
    """Program what differs, verify it, then reset the chip and let it run.

    Raises ImageError, FlashingError, TargetError and LinkError kinds.
    """
    checked = check_image(image, target.chip, force=force)
    for note in checked.notes:
        listen(note)
    return prepare_write(target, checked.image, options or PlanOptions()).carry_out(
        listen, reset=reset
    )


def erase(
    target: AnyTarget, spans: Sequence[Span] | None = None, listen: Listener = ignore
) -> Done:
    """Erase every sector that `spans` touch, or all of flash, without asking.

    Raises FlashingError, TargetError and LinkError kinds.
    """
    return prepare_erase(target, spans).carry_out(listen)
