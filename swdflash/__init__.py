"""Programs STM32 chips over SWD, and says why a board does not answer."""

__version__ = "0.1.0"
