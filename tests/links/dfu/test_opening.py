"""Devices on a USB bus, by pyusb: found, told apart, chosen, claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.host import sysfs
from swdflash.host.errors import NoUsbLibrary
from swdflash.links.dfu import finding
from swdflash.links.dfu.errors import (
    DfuBusy,
    DfuGone,
    NoDfuDevice,
    NotInDfuMode,
    NotStRom,
    SeveralDfuDevices,
)
from swdflash.links.dfu.opening import open_link
from swdflash.links.dfu.rom_link import DfuRom
from swdflash.links.errors import LinkError, NoPermission
from swdflash.links.pace import Pace
from swdflash.links.via import parse
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hostside.usb import Device, Interface
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.usb_socket import UsbSocket
from swdflash.sim.chip.rom.dfu_commands import Commands
from swdflash.sim.chip.rom.dfu_identity import DfuIdentity
from swdflash.sim.chip.rom.dfuse import DfuSe
from swdflash.sim.chip.rom.usb import DfuFunction
from swdflash.sim.faults import FaultPlan
from tests.fakes.rom_memory import FLASH
from tests.host.usb_tree import UsbTree
from tests.sim.cables.toy_usb import NAMES, SERIAL, ToyUsbBoard

OTHER = "205834865852"


@pytest.fixture(autouse=True)
def own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UsbTree:
    """A machine whose kernel tells of nothing, until a test plugs something in."""
    tree = UsbTree(tmp_path)
    monkeypatch.setattr(sysfs, "SYS", tree.sys)
    monkeypatch.setattr(sysfs, "DEV", tree.dev)
    return tree


def board(
    serial: str = SERIAL, names: tuple[str, ...] = NAMES, ids: tuple[int, int] = (0x0483, 0xDF11)
) -> ToyUsbBoard:
    made = ToyUsbBoard()
    identity = DfuIdentity(serial, names, vid=ids[0], pid=ids[1])
    made.usb = DfuFunction(made.program, lambda: identity, lambda: DfuSe(Commands(made.memory)))
    made.spend(1)
    return made


def socket(made: ToyUsbBoard, faults: str = "") -> UsbSocket:
    return UsbSocket(made, made.usb, FaultPlan.parse(faults))


class Changed(UsbSocket):
    """A socket with a device whose descriptors are not as the ROM's."""

    def __init__(self, made: ToyUsbBoard, change: Callable[[Device], Device]) -> None:
        super().__init__(made, made.usb)
        self._change = change

    def device(self, address: int, port: int = 1) -> Device:
        return self._change(super().device(address, port))


def runtime(device: Device) -> Device:
    """Firmware that has a DFU interface beside its own (DFU 1.1 §4.1)."""
    (interface,) = device.interfaces
    setting = replace(interface.settings[0], usb_class=(0xFE, 1, 1), name="DFU")
    return replace(device, interfaces=(Interface((setting,)),))


def with_functional(raw: str) -> Callable[[Device], Device]:
    def change(device: Device) -> Device:
        (interface,) = device.interfaces
        settings = tuple(replace(each, extra=bytes.fromhex(raw)) for each in interface.settings)
        return replace(device, interfaces=(Interface(settings),))

    return change


@contextmanager
def plugged(*sockets: UsbSocket) -> Iterator[Pace]:
    """A bus with these; the host's clock."""
    hub = Hub(list(sockets) or [unplugged()])

    def sleep(seconds: float) -> None:
        hub.wait_until(hub.now() + seconds)

    with Host(hub):
        yield Pace(hub.now, sleep, simulated=True)


def unplugged() -> UsbSocket:
    """A socket with a cable in it that leads nowhere."""
    made = socket(board())
    made.unplug()
    return made


@contextmanager
def opened(way: str, *sockets: UsbSocket, timeout_s: float = 0.0) -> Iterator[DfuRom]:
    parsed = parse(way)
    with plugged(*sockets) as pace, ExitStack() as held:
        yield open_link(parsed, parsed.place, pace, timeout_s=timeout_s, held=held)


def refused(way: str, *sockets: UsbSocket, timeout_s: float = 0.0) -> LinkError:
    with pytest.raises(LinkError) as caught, opened(way, *sockets, timeout_s=timeout_s):
        pass
    return caught.value


def test_the_only_one_is_opened() -> None:
    with opened("dfu:", socket(board())) as link:
        assert link.about.serial == SERIAL
        assert link.about.version == "1.1a"
        assert link.about.sectors[1].start == FLASH.start + 0x4000
        assert link.evidence.rom_version == 0x2200
        assert link.info.simulated
        assert SERIAL in link.info.probe
        assert link.read(FLASH.start, 5) == b"\xff" * 5


def test_it_is_left_for_others() -> None:
    only = socket(board())
    with plugged(only) as pace:
        for _ in range(2):
            with ExitStack() as held:
                open_link(parse("dfu:"), "", pace, timeout_s=0, held=held).close()
            assert not only.claimed


def test_one_of_two_is_named_by_its_serial_number() -> None:
    sockets = socket(board()), socket(board(OTHER))
    with opened(f"dfu:{OTHER}", *sockets) as link:
        assert link.about.serial == OTHER


def test_two_and_no_choice_is_told_with_what_to_choose_from() -> None:
    error = refused("dfu:", socket(board()), socket(board(OTHER)))
    assert isinstance(error, SeveralDfuDevices)
    assert [line.split("  ")[0] for line in error.explain().next] == [
        f"--via dfu:{SERIAL}",
        f"--via dfu:{OTHER}",
    ]


def test_two_of_one_serial_number_are_named_by_their_sockets() -> None:
    sockets = socket(board()), socket(board())
    error = refused(f"dfu:{SERIAL}", *sockets)
    assert isinstance(error, SeveralDfuDevices)
    ways = [
        line.split("    #")[0].removeprefix("--via ").strip("'") for line in error.explain().next
    ]
    assert ways == [f"dfu:{SERIAL}?path=1-1", f"dfu:{SERIAL}?path=1-2"]
    sockets[1].board.memory.flash[:4] = b"here"  # type: ignore[attr-defined]
    with opened(ways[1], *sockets) as link:
        assert link.read(FLASH.start, 4) == b"here"


def test_there_is_none() -> None:
    error = refused("dfu:")
    assert isinstance(error, NoDfuDevice)
    error = refused(f"dfu:{OTHER}", socket(board()))
    assert isinstance(error, NoDfuDevice)
    assert OTHER in str(error)
    assert SERIAL in str(error), "what there is, is told"


def test_it_is_waited_for() -> None:
    made = board()
    made.restart()
    made.program.listens_from_ps += 3 * 10**12
    with opened("dfu:", socket(made), timeout_s=5.0) as link:
        assert link.about.serial == SERIAL
    made.restart()
    made.program.listens_from_ps += 30 * 10**12
    assert isinstance(refused("dfu:", socket(made), timeout_s=5.0), NoDfuDevice)


def test_what_is_not_st_s_is_not_taken_unless_it_is_named() -> None:
    """Somebody's keyboard, which answers DFU, and even has a layout."""
    keyboard = board("KEYS", ids=(0x1209, 0x2301))
    error = refused("dfu:", socket(keyboard))
    assert isinstance(error, NoDfuDevice)
    assert "KEYS" in str(error)
    with opened("dfu:KEYS", socket(keyboard)) as link:
        assert link.about.serial == "KEYS"
    with opened("dfu:", socket(keyboard), socket(board())) as link:
        assert link.about.serial == SERIAL


def test_a_clone_that_is_known_is_taken() -> None:
    with opened("dfu:", socket(board("GD", ids=(0x28E9, 0x0189)))) as link:
        assert link.about.serial == "GD"


@pytest.mark.parametrize(
    "names", [("DFU",), ("",), ("@Some Memory /0x08000000/04*016Kg",), ("@Internal Flash",)]
)
def test_dfu_that_is_not_dfuse_is_told_and_left_alone(names: tuple[str, ...]) -> None:
    made = board(names=names)
    error = refused(f"dfu:{SERIAL}", socket(made))
    assert isinstance(error, NotStRom)
    assert made.memory.flash == b"\xff" * FLASH.size
    assert "Internal Flash" in str(error)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("", "no DFU functional descriptor"),
        ("09 21 09 ff00 0008 1a01", "read back"),
        ("09 21 0b ff00 0000 1a01", "blocks of 0 bytes"),
        ("09 21 0b ff00 ffff 1a01", "blocks of 65535 bytes"),
    ],
)
def test_dfu_that_can_do_too_little_is_told(raw: str, words: str) -> None:
    error = refused("dfu:", Changed(board(), with_functional(raw)))
    assert isinstance(error, NotStRom)
    assert words in str(error)


def test_firmware_that_could_be_told_to_make_way_is_told() -> None:
    error = refused("dfu:", Changed(board(), runtime))
    assert isinstance(error, NotInDfuMode)
    assert "BOOT0" in " ".join(error.explain().next)
    error = refused(f"dfu:{OTHER}", Changed(board(), runtime))
    assert isinstance(error, NoDfuDevice)
    assert "runs its firmware" in str(error)


def test_another_program_has_it(own_machine: UsbTree) -> None:
    plain = refused("dfu:", socket(board(), "busy"))
    assert isinstance(plain, DfuBusy)
    own_machine.plug("1-1", (0x0483, 0xDF11), serial=SERIAL.encode())
    own_machine.interface("1-1", 0, (0xFE, 1, 2), driver="usbhid")
    error = refused("dfu:", socket(board(), "busy"))
    assert isinstance(error, DfuBusy)
    assert "usbhid" in str(error)


def test_the_system_does_not_let_this_user(
    own_machine: UsbTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its serial number cannot be asked of it either; the kernel tells."""
    node = own_machine.plug("1-1", (0x0483, 0xDF11), serial=SERIAL.encode(), mode=0o400)
    monkeypatch.setattr(finding, "in_the_way", lambda _candidate: f"{node} is crw-r-----")
    error = refused(f"dfu:{SERIAL}", socket(board(), "denied"))
    assert isinstance(error, NoPermission)
    assert SERIAL in str(error)


def test_a_device_that_goes_while_it_is_opened() -> None:
    for transfer in range(1, 12):
        unlucky = socket(board(), f"unplug@{transfer}")
        try:
            with opened("dfu:", unlucky) as link:
                link.read(FLASH.start, 4)
        except DfuGone:
            continue
        break
    assert transfer > 3


def test_no_libusb(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(**_wanted: object) -> Sequence[object]:
        import usb.core  # noqa: PLC0415

        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(finding, "usb_find", nothing)
    with pytest.raises(NoUsbLibrary):
        finding.candidates()
