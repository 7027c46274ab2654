"""The ROM bootloader over a serial port (AN3155): its frames, its commands, and links made of them."""
