"""`swdflash verify IMAGE…`: whether the chip holds it."""

from __future__ import annotations

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.write import VerifyResult, image_written
from swdflash.cli.options import AddressOption, ForceOption, ImagesArgument, LinkOptions, command
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal


@command
def verify(
    images: ImagesArgument,
    link: LinkOptions,
    terminal: Terminal,
    address: AddressOption = None,
    force: ForceOption = None,
) -> None:
    """Compare flash with IMAGE.

    Names the first difference, how many there are, and what may have caused them.
    """
    loaded = swdflash.read_image(*images, address=address)
    with reached_either_way(link, terminal, inputs=loaded.image.files) as target:
        loaded = swdflash.check_image(loaded, target.chip, force=force or ())
        for note in loaded.notes:
            terminal.warn(note.code, note.text)
        info = target.link.info
        started = target.link.now()
        with terminal.progress(simulated=info.simulated) as listen:
            swdflash.verify_image(target, loaded.image, listen)
        seconds = target.link.now() - started
        result = VerifyResult(
            chip=chip_result(target),
            link=link_result(target),
            image=image_written(loaded),
            verified_bytes=loaded.image.size,
            seconds=seconds,
            simulated=info.simulated,
            recovered=recovered(target),
        )
    terminal.show(
        result,
        f"{result.chip.name} holds {loaded.name}: {render.size(result.verified_bytes)} compared "
        f"in {render.seconds(seconds, simulated=info.simulated)}",
    )
