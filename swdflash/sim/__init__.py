"""A virtual STM32 board that unmodified field tools can program (extra `sim`)."""
