"""The bootloader in system memory, as a model: what it does, on the chip's own clock."""
