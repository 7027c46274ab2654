"""The machine swdflash runs on: probes and ports."""
