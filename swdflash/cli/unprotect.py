"""`swdflash unprotect`: takes read protection off, once it is clear that flash goes with it."""

from __future__ import annotations

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.unprotect import Opened, UnprotectResult
from swdflash.cli.options import DryRunOption, LinkOptions, YesOption, command
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal
from swdflash.target.unprotect import what_it_costs


@command
def unprotect(
    link: LinkOptions, terminal: Terminal, yes: YesOption = False, dry_run: DryRunOption = False
) -> None:
    """Take read protection off.

    The chip erases all of its flash before it does; says so, and asks.
    """
    with reached_either_way(link, terminal) as target:
        chip, info = target.chip, target.link.info
        result = UnprotectResult(
            chip=chip_result(target),
            link=link_result(target),
            was_protected=swdflash.is_read_protected(target),
            done=None,
            recovered=recovered(target),
        )
        terminal.partial = result
        lost = f"erases all {render.size(chip.flash.span.size)} of flash"
        if not result.was_protected:
            terminal.show(result, f"{chip.name} is not read-protected: nothing to do")
        elif dry_run:
            terminal.show(result, f"would take the read protection off {chip.name}: {lost}")
        else:
            terminal.confirm(what_it_costs(chip), yes=yes)
            done = swdflash.unprotect(target)
            result.done = Opened(done.erased_bytes, done.seconds, info.simulated)
            taken = render.seconds(done.seconds, simulated=info.simulated)
            terminal.show(result, f"{chip.name} is open, its flash is erased ({taken})")
