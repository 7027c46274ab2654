"""`swdflash probe test-reset`: whether the NRST wire reaches the chip."""

from __future__ import annotations

from collections.abc import Iterator

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.envelope import address
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.probe import ResetTestResult
from swdflash.cli.options import LinkOptions, command, command_group
from swdflash.cli.reach import reached
from swdflash.cli.terminal import Terminal

app = command_group("What the probe is connected to.")

WORDS = {
    "wired": "NRST is wired: the chip was reset, and can be recovered by a connect under reset",
    "not-wired": "NRST does not reach the chip: connect the probe's reset pin (NRST, RST, R)",
    "held-low": "NRST stays low: look for a short, a pressed button or a supervisor chip",
    "unclear": "the witnesses disagree: something else may reset this chip; try it again",
}


@app.command("test-reset")
@command
def test_reset(link: LinkOptions, terminal: Terminal) -> None:
    """Prove whether the probe's NRST wire reaches the chip.

    Pulls it low for a moment: a chip that is reached starts its program again. Nothing else is
    lost, and nothing is written to flash.
    """
    with reached(link, terminal) as target:
        terminal.warn("resets", f"{target.chip.name} is reset if the wire reaches it")
        outcome = swdflash.prove_reset_wire(target)
        info = target.link.info
        result = ResetTestResult(
            chip=chip_result(target),
            link=link_result(target),
            verdict=outcome.verdict.value,
            fell_s=outcome.fell_s,
            rose_s=outcome.rose_s,
            vtor_marked=address(outcome.marked),
            vtor_found=address(outcome.found),
            simulated=info.simulated,
            recovered=recovered(target),
        )
    terminal.show(result, WORDS[result.verdict], render.facts(_rows(result)))


def _rows(result: ResetTestResult) -> Iterator[tuple[str, str]]:
    def after(seconds: float | None) -> str:
        taken = "" if seconds is None else render.seconds(seconds, simulated=result.simulated)
        return f"after {taken}" if taken else "never"

    yield "in reset", after(result.fell_s)
    yield "out of reset", after(result.rose_s)
    yield "VTOR", f"{result.vtor_marked} before, {result.vtor_found} after"
