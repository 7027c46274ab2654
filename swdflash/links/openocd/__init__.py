"""The link through OpenOCD: the user's own program, driven over its TCL port."""
