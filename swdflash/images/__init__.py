"""Firmware files: read, merged, checked."""
