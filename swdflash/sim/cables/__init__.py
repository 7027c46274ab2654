"""How programs on the host reach the virtual board: a USB bus in software, and a socket for it."""
