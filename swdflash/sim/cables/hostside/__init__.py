"""What lies between a program and the virtual USB bus, in whichever process it runs.

These modules also load into programs whose Python has no swdflash (`path/sitecustomize.py`):
they import the standard library, pyusb and each other, and nothing else.
"""
