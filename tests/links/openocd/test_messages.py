"""Lines that OpenOCD 0.12.0 was seen to write, and what they are told as."""

from __future__ import annotations

import re

import pytest

from swdflash.links.openocd.messages import TABLE, complaint, supply, translate

SEEN = {
    "open failed": "no-probe",
    "unable to find a matching CMSIS-DAP device": "no-probe",
    "No J-Link device found": "no-probe",
    "libusb_open() failed with LIBUSB_ERROR_ACCESS\nError: open failed": "no-permission",
    "libusb_open() failed with LIBUSB_ERROR_BUSY\nError: open failed": "probe-busy",
    "could not open device 0xc251:0xf001: Access denied (insufficient permissions)\n"
    "Error: unable to find a matching CMSIS-DAP device": "no-permission",
    "Failed to open device: LIBUSB_ERROR_ACCESS\nError: No J-Link device found": "no-permission",
    "Could not open serial port": "no-probe",
    "cannot connect to stlink server, errno: Connection refused": "no-probe",
    "no ST-LINK detected": "no-probe",
    "the selected device is already used": "probe-busy",
    "ST-LINK open failed (serial mismatch)": "no-probe",
    "init mode failed (unable to connect to the target)": "no-answer",
    "Error connecting DP: cannot read IDR": "no-answer",
    "JTAG scan chain interrogation failed: all ones": "no-answer",
    "Invalid ACK (7) in DAP response": "no-answer",
    "Could not find MEM-AP to control the core": "no-answer",
    "Debug AP not available, reset NOT asserted!": "no-answer",
    "Target voltage: 0.099200\nError: target voltage may be too low for reliable debugging\n"
    "Error: init mode failed (unable to connect to the target)": "no-target-voltage",
    "Fail reading CTRL/STAT register. Force reconnect": "no-answer",
    "Fail reading CTRL/STAT register. Force reconnect\n"
    "Error: failed to receive USB CMD response": "link-lost",
    "failed to send USB CMD": "link-lost",
}


@pytest.mark.parametrize("said", SEEN, ids=lambda said: said[:40])
def test_what_was_seen(said: str) -> None:
    error = translate(f"Info : clock speed 950 kHz\nError: {said}\n", "the probe")
    assert error is not None
    assert error.code == SEEN[said]
    assert "Error: " not in str(error)


def test_every_row_was_seen_or_is_of_libusb() -> None:
    said = "\n".join(SEEN)
    unseen = [row for row, _ in TABLE if not re.search(row, said)]
    assert all("LIBUSB" in row for row in unseen)


@pytest.mark.parametrize("said", ["", "Info : all is well", "Error: of a new kind"])
def test_what_nobody_knows(said: str) -> None:
    assert translate(said, "the probe") is None
    assert complaint(said)


def test_supply() -> None:
    assert supply("Info : Target voltage: 3.266142") == 3.266142
    assert supply("Info : VTarget = 3.300 V") == 3.3
    assert supply("nothing of the kind") is None
