"""The virtual bus as the USB of a mocked Linux, for programs that are not Python's.

Runs in a process of its own, by the system's Python, which has umockdev's bindings (Debian:
umockdev, gir1.2-umockdev-1.0, python3-gi).
"""
