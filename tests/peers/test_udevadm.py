"""udev's own tools on our rules: `udevadm verify`, and `udevadm test` on a mocked machine."""

from __future__ import annotations

import grp
import os
import re
import subprocess
from pathlib import Path

import pytest

from swdflash.chips.probes import probes
from swdflash.host.rules import NAME, rules
from tests.peers.mocked_usb import Device, Interface, cmsis_dap, keyboard, run_on, vcp

UDEVADM = Path(__file__).parents[2] / ".venv/udevadm/udevadm"  # scripts/test puts it there
OWN_MOUNTS = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def verify(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    file = folder / NAME
    file.write_text(text)
    argv = [str(UDEVADM), "verify", str(file)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("group", [None, "dialout"])
def test_udev_accepts_the_rules(tmp_path: Path, group: str | None) -> None:
    told = verify(tmp_path, rules(group))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("good", "broken"),
    [
        ('SUBSYSTEM!="usb"', 'SUBSYSTEM="usb"'),
        ('LABEL="swdflash_end"', 'LABEL="swdflash_fin"'),
        ('GROUP="dialout"', 'GROUP="nobody-is-called-so"'),
        ('TAG+="uaccess"', 'TAGG+="uaccess"'),
    ],
)
def test_udev_rejects_a_broken_copy(tmp_path: Path, good: str, broken: str) -> None:
    told = verify(tmp_path, rules("dialout").replace(good, broken))
    assert told.returncode == 1
    assert NAME in told.stderr


def judged(folder: Path, devices: list[Device], paths: list[str]) -> list[str]:
    """What `udevadm test` says of each sysfs path, with our rules alone in force."""
    (folder / NAME).write_text(rules("dialout"))
    script = f"""
        mount -t tmpfs none /run
        mount -t tmpfs none /etc/udev/rules.d
        mount --bind /etc/udev/rules.d /usr/lib/udev/rules.d
        cp {folder / NAME} /etc/udev/rules.d/
        for path in {" ".join(paths)}; do
            echo "=== next"
            udevadm test --action=add /sys/devices/$path 2>&1
        done
    """
    ran = run_on(folder, devices, *OWN_MOUNTS, "sh", "-e", "-c", script, unprivileged=False)
    assert ran.exit == 0, ran.err
    return re.split("=== next\n", ran.out)[1:]


def granted(verdict: str) -> tuple[bool, bool, bool]:
    """Whether the group, the mode and the tag were given."""
    dialout = grp.getgrnam("dialout").gr_gid
    return (
        re.search(rf"{NAME}:\d+ GROUP {dialout}$", verdict, re.MULTILINE) is not None,
        re.search(rf"{NAME}:\d+ MODE 0660$", verdict, re.MULTILINE) is not None,
        re.search(r"^TAGS=.*:uaccess:", verdict, re.MULTILINE) is not None,
    )


def test_every_probe_of_the_table_is_granted_to_its_users(tmp_path: Path) -> None:
    kinds = [(kind, ids) for kind in probes() if kind.kind != "serial" for ids in kind.usb]
    devices = [Device(*ids, name=b"x") for _, ids in kinds]
    devices.append(cmsis_dap())
    paths = [f"1-{number}" for number in range(1, len(devices) + 1)]
    verdicts = judged(tmp_path, devices, paths)
    assert len(verdicts) == len(devices)
    for verdict in verdicts:
        assert granted(verdict) == (True, True, True), verdict
        assert "ID_MM_DEVICE_IGNORE=1" in verdict


def test_ports_keep_their_group_and_are_left_alone_by_modem_manager(tmp_path: Path) -> None:
    st_link = Device(0x0483, 0x374B, interfaces=vcp("ttyACM0"))
    (verdict,) = judged(tmp_path, [st_link], ["1-1/1-1:1.0/ttyACM0"])
    assert granted(verdict) == (False, False, True)
    assert "ID_MM_PORT_IGNORE=1" in verdict


def test_a_cmsis_dap_probe_that_is_a_hid_device_is_granted(tmp_path: Path) -> None:
    hid = [Interface((3, 0, 0), "usbhid", hidraw="hidraw0")]
    daplink = Device(0x0D28, 0x0204, b"DAPLink", interfaces=hid)
    (verdict,) = judged(tmp_path, [daplink], ["1-1/1-1:1.0/hidraw0"])
    assert granted(verdict) == (True, True, True)


def test_other_devices_are_not_touched(tmp_path: Path) -> None:
    modem = Device(0x12D1, 0x1001, b"HUAWEI Mobile", interfaces=vcp("ttyACM0"))
    mouse = [Interface((3, 1, 2), "usbhid", hidraw="hidraw0")]
    other = Device(0x0483, 0x5750, b"somebody's mouse", interfaces=mouse)
    paths = ["1-1", "1-2", "1-2/1-2:1.0/ttyACM0", "1-3", "1-3/1-3:1.0/hidraw0"]
    for verdict in judged(tmp_path, [keyboard(), modem, other], paths):
        assert granted(verdict) == (False, False, False), verdict
        assert "ID_MM" not in verdict
