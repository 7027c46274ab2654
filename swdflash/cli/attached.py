"""What is plugged in, as documents and as people read it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from swdflash.cli import render
from swdflash.cli.documents.host import Dfu, ListResult, Node, Port, Probe, Program
from swdflash.host.access import Access, NodeFacts
from swdflash.host.found import Attached, Firmware, FoundDfu, FoundPort, FoundProbe
from swdflash.host.holders import Holder

STYLES = {
    Access.OK: "green",
    Access.BUSY: "yellow",
    Access.DENIED: "bold red",
    Access.NO_DRIVER: "red",
    Access.NO_NODE: "red",
}


def list_result(attached: Attached, firmware: Mapping[str, Firmware]) -> ListResult:
    """The document of `swdflash list`."""
    return ListResult(
        probes=[_probe(probe, attached, firmware.get(probe.uid)) for probe in attached.probes],
        ports=[_port(port) for port in attached.ports],
        dfu=[_dfu(chip, attached) for chip in attached.dfu],
    )


def _probe(probe: FoundProbe, attached: Attached, firmware: Firmware | None) -> Probe:
    return Probe(
        via=attached.via(probe),
        serial=probe.uid,
        vendor=probe.vendor,
        product=probe.product,
        access=probe.access.value,
        kind=probe.kind,
        usb_path=probe.usb_path,
        firmware=firmware.version if firmware else None,
        firmware_too_old=firmware.too_old if firmware else None,
        duplicate_serial=attached.shares_serial(probe),
        ports=[port.name for port in attached.ports_of(probe) if port.name],
        node=_node(probe.node),
        held_by=_programs(probe.holders),
    )


def _port(port: FoundPort) -> Port:
    return Port(
        name=port.name,
        product=port.product,
        serial=port.serial,
        usb_path=port.usb_path,
        of_probe=port.is_probe,
        access=port.access.value,
        node=_node(port.node),
        held_by=_programs(port.holders),
        via=port.via,
    )


def _dfu(chip: FoundDfu, attached: Attached) -> Dfu:
    return Dfu(
        serial=chip.serial,
        product=chip.product,
        usb_path=chip.usb_path,
        access=chip.access.value,
        node=_node(chip.node),
        held_by=_programs(chip.holders),
        via=attached.via_rom(chip),
    )


def _node(facts: NodeFacts | None) -> Node | None:
    return Node(facts.path, facts.mode, facts.owner, facts.group) if facts else None


def _programs(holders: Iterable[Holder]) -> list[Program]:
    return [Program(holder.pid, holder.program) for holder in holders]


def shown(attached: Attached, firmware: Mapping[str, Firmware]) -> RenderableType:
    """The tables of `swdflash list`, and what can be done about what is not ok."""
    parts: list[RenderableType] = []
    if attached.probes:
        parts.append(_probe_table(attached, firmware))
    if attached.ports:
        rows = [_port_row(port) for port in attached.ports]
        parts.append(render.grid(("serial port", "of", "usb", "access"), rows))
    if attached.dfu:
        chips = [
            (shlex.quote(attached.via_rom(chip)), chip.product, chip.usb_path, _access(chip))
            for chip in attached.dfu
        ]
        parts.append(render.grid(("--via", "chip in DFU mode", "usb", "access"), chips))
    return Group(*_apart(parts), *_hints(attached))


def _probe_table(attached: Attached, firmware: Mapping[str, Firmware]) -> RenderableType:
    rows = [
        (
            shlex.quote(attached.via(probe)) if probe.via else probe.uid or "-",
            probe.product,
            _version(firmware.get(probe.uid)),
            probe.usb_path + (" (serial is not unique)" if attached.shares_serial(probe) else ""),
            _access(probe),
        )
        for probe in attached.probes
    ]
    return render.grid(("--via", "probe", "firmware", "usb", "access"), rows)


def _port_row(port: FoundPort) -> Sequence[str | Text]:
    name = f"{port.product} {port.serial}" if port.is_probe else port.product
    return port.name or "-", name, port.usb_path, _access(port)


def _version(firmware: Firmware | None) -> Text:
    if firmware is None:
        return Text("-", "dim")
    return Text(f"{firmware.version} too old" if firmware.too_old else firmware.version)


def _access(found: FoundProbe | FoundPort | FoundDfu) -> Text:
    text = Text(found.access.value, STYLES[found.access])
    if found.access is Access.BUSY:
        text.append(f": {', '.join(map(str, found.holders)) or 'a program of another user'}")
    elif found.access in (Access.DENIED, Access.NO_NODE) and found.node:
        text.append(f": {found.node}")
    return text


def _apart(parts: list[RenderableType]) -> list[RenderableType]:
    """An empty line between tables."""
    return [each for part in parts for each in (Text(""), part)][1:]


def _hints(attached: Attached) -> list[Text]:
    everything: set[Access] = {probe.access for probe in attached.probes}
    everything |= {port.access for port in attached.ports} | {chip.access for chip in attached.dfu}
    steps = []
    if Access.DENIED in everything:
        steps.append("swdflash udev install")
    if everything & {Access.NO_DRIVER, Access.NO_NODE}:
        steps.append("swdflash doctor")
    return render.tries(steps)
