"""The virtual chip: a Cortex-M3 on unicorn, its memories and its peripherals."""
