"""A mocked machine: runs a program with USB devices of our choosing in its sysfs and /dev.

Started as `umockdev-wrapper /usr/bin/python3 usb_machine.py MACHINE.json PROGRAM…` by the system's
Python, which has umockdev's bindings. MACHINE.json is a list of devices as `mocked_usb.py` has
them. With `unprivileged`, the program runs as nobody, who may read every file and write to none of
root's.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # type: ignore[import-not-found]  # noqa: E402

NOBODY = 65534
NOBODY_IS = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
MAY_READ = "-all,+dac_read_search"  # whoever runs the tests may keep Python in a closed home


def descriptors(device: dict[str, Any]) -> bytes:
    """What libusb reads in sysfs: device, configuration and interface descriptors."""
    ids = device["vendor"], device["product"]
    head = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, *ids, 0x100, 1, 2, 3, 1)
    interfaces = b"".join(
        struct.pack("<9B", 9, 4, number, 0, len(each["endpoints"]), *each["class"], 0)
        + b"".join(struct.pack("<BBBBHB", 7, 5, end, 2, 64, 0) for end in each["endpoints"])
        for number, each in enumerate(device["interfaces"])
    )
    count = len(device["interfaces"])
    config = struct.pack("<BBHBBBBB", 9, 2, 9 + len(interfaces), count, 1, 0, 0x80, 150)
    return head + config + interfaces


def plug_in(bed: Any, address: int, device: dict[str, Any]) -> str:
    """One device with its interfaces, ports and node; its path in sysfs."""
    path, node = device["path"], f"bus/usb/001/{address:03}"
    attributes = {
        "bDeviceClass": "00",
        "bNumInterfaces": f"{len(device['interfaces']):2d}",
        "bNumConfigurations": "1",
        "bConfigurationValue": "1",
        "bcdDevice": "0100",
        "busnum": "1",
        "devnum": str(address),
        "idProduct": f"{device['product']:04x}",
        "idVendor": f"{device['vendor']:04x}",
        "speed": "12",
        "version": " 2.00",
    }
    properties = {
        "DEVTYPE": "usb_device",
        "DEVNAME": f"/dev/{node}",
        "BUSNUM": "001",
        "DEVNUM": f"{address:03}",
        "PRODUCT": f"{device['vendor']:x}/{device['product']:x}/100",
        "ID_VENDOR_ID": f"{device['vendor']:04x}",
        "ID_MODEL_ID": f"{device['product']:04x}",
    }
    sysfs = bed.add_device("usb", path, None, [], _flat(properties))
    for name, value in attributes.items():
        bed.set_attribute(sysfs, name, f"{value}\n")
    for name in ("manufacturer", "name", "serial"):
        if device[name]:
            raw = bytes.fromhex(device[name]) + b"\n"
            bed.set_attribute_binary(sysfs, name.replace("name", "product"), raw)
    bed.set_attribute_binary(sysfs, "descriptors", descriptors(device))
    for number, interface in enumerate(device["interfaces"]):
        add_interface(bed, sysfs, f"{path}:1.{number}", number, interface)
    make_node(Path(bed.get_root_dir()) / "dev" / node, device["mode"])
    return str(sysfs)


def make_node(node: Path, mode: int | None) -> None:
    """A file that umockdev shows as a device; none without a mode."""
    node.parent.mkdir(parents=True, exist_ok=True)
    node.unlink(missing_ok=True)
    if mode is not None:
        node.touch()
        node.chmod(mode)


def add_interface(bed: Any, parent: str, name: str, number: int, interface: dict[str, Any]) -> None:
    """An interface, the driver that has it, and its serial port."""
    sysfs = bed.add_device("usb", name, parent, [], _flat({"DEVTYPE": "usb_interface"}))
    klass, subclass, protocol = interface["class"]
    for key, value in (
        ("bInterfaceNumber", number),
        ("bInterfaceClass", klass),
        ("bInterfaceSubClass", subclass),
        ("bInterfaceProtocol", protocol),
    ):
        bed.set_attribute(sysfs, key, f"{value:02x}\n")
    if interface["name"]:
        bed.set_attribute_binary(sysfs, "interface", bytes.fromhex(interface["name"]) + b"\n")
    if interface["driver"]:
        bed.set_attribute_link(
            sysfs, "driver", f"../../../../bus/usb/drivers/{interface['driver']}"
        )
    if interface["hidraw"]:
        name = interface["hidraw"]
        properties = {"DEVNAME": f"/dev/{name}", "MAJOR": "240", "MINOR": "0"}
        bed.add_device("hidraw", name, sysfs, [], _flat(properties))
        make_node(Path(bed.get_root_dir()) / "dev" / name, 0o600)
    if interface["port"]:
        properties = {"DEVNAME": f"/dev/{interface['port']}", "MAJOR": "166", "MINOR": "0"}
        bed.add_device("tty", interface["port"], sysfs, [], _flat(properties))
        real = Path(bed.get_root_dir()) / "dev" / interface["port"]
        make_node(real, interface["port_mode"])


@contextmanager
def holder(bed: Any, nodes: list[str]) -> Iterator[None]:
    """A program, `cat`, that has these nodes open under the names they have in /dev.

    It has mounts of its own: /proc tells the real names of files, not those that umockdev shows.
    """
    opened = " ".join(f"{number}<>/dev/{node}" for number, node in enumerate(nodes, start=3))
    words = ["unshare", "--mount", "sh", "-c"]
    words += [f'mount --bind "$0" /dev && exec setpriv {" ".join(NOBODY_IS)} cat {opened}']
    words += [str(Path(bed.get_root_dir()) / "dev")]
    environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment) as cat:
        assert cat.stdin is not None
        assert cat.stdout is not None
        cat.stdin.write(b"ready\n")
        cat.stdin.flush()
        assert cat.stdout.readline() == b"ready\n"
        yield
        cat.stdin.close()


def nodes_of(address: int, device: dict[str, Any]) -> list[str]:
    """What programs open in /dev to use it."""
    ports = [each["port"] for each in device["interfaces"] if each["port"]]
    return [f"bus/usb/001/{address:03}", *ports]


def _flat(pairs: dict[str, str]) -> list[str]:
    return [word for pair in pairs.items() for word in pair]


def watch(
    argv: list[str], environment: dict[str, str], bed: Any, passing: list[tuple[int, Any]]
) -> int:
    """Run a program, and plug in and pull out devices while it talks.

    It is stopped meanwhile: a real kernel shows a device at once, not file by file.
    """
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline()]
        program.send_signal(signal.SIGSTOP)
        plugged = [plug_in(bed, address, device) for address, device in passing]
        program.send_signal(signal.SIGCONT)
        said.append(program.stdout.readline())
        program.send_signal(signal.SIGSTOP)
        for sysfs in plugged:
            bed.remove_device(sysfs)
        program.send_signal(signal.SIGCONT)
        said.append(program.stdout.readline())
        program.send_signal(signal.SIGINT)
        sys.stdout.write("".join(said))
        return program.wait()


def main() -> int:
    """Plug everything in, run the program, end as it ends."""
    machine = json.loads(Path(sys.argv[1]).read_text())
    bed = UMockdev.Testbed.new()
    Path(bed.get_root_dir()).chmod(0o777)
    (Path(bed.get_sys_dir()) / "class/tty").mkdir(parents=True, exist_ok=True)
    passing = []
    for address, device in enumerate(machine["devices"], start=1):
        if device["comes_and_goes"]:
            passing.append((address, device))
        else:
            plug_in(bed, address, device)
    (Path(bed.get_root_dir()) / "ioctl/_default").chmod(0o666)
    may = [f"--inh-caps={MAY_READ}", f"--ambient-caps={MAY_READ}"]
    drop = ["setpriv", *NOBODY_IS, *may] if machine["unprivileged"] else []
    environment = {**os.environ, "UMOCKDEV_DIR": bed.get_root_dir()}
    with ExitStack() as held:
        for address, device in enumerate(machine["devices"], start=1):
            if device["held"]:
                held.enter_context(holder(bed, nodes_of(address, device)))
        if passing:
            return watch([*drop, *sys.argv[2:]], environment, bed, passing)
        return subprocess.run([*drop, *sys.argv[2:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
