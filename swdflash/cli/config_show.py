"""`swdflash config show`: the settings in force, and who decided each."""

from __future__ import annotations

from swdflash.cli import render
from swdflash.cli.config import IN_FILES, KEYS
from swdflash.cli.documents.config import ConfigResult, Setting
from swdflash.cli.options import LinkOptions, command, command_group
from swdflash.cli.terminal import Terminal

app = command_group("The settings in force.")


@app.command()
@command
def show(link: LinkOptions, terminal: Terminal) -> None:  # noqa: ARG001  (they are the settings)
    """Show every setting and where its value came from."""
    configuration = terminal.configuration
    assert configuration is not None
    settings = [
        Setting(
            key=IN_FILES.get(key, key),
            value=getattr(configuration.settings, key),
            source=configuration.deciders[key].source,
            place=configuration.deciders[key].place,
        )
        for key in KEYS
    ]
    rows = [
        (each.key, "-" if each.value is None else each.value, each.source, each.place)
        for each in settings
    ]
    terminal.show(
        ConfigResult(configuration.profile, settings),
        render.grid(("setting", "value", "from", ""), rows),
    )
