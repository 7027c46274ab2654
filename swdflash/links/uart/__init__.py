"""The ROM bootloader over a serial port (AN3155): frames, commands, and links made of them."""
