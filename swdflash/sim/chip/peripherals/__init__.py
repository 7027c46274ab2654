"""The peripherals of the STM32F1 (RM0008), one class a file."""
