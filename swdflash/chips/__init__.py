"""What is known about STM32s, loaded from `targets/`."""
