"""ST's DfuSe over USB (AN3156, DFU 1.1): the bootloader in system memory."""
