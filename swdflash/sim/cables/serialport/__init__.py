"""Where pyserial finds `simserial://NAME`: a package for `serial.protocol_handler_packages`."""
