"""The debug port of the chip, as IHI 0031 (ADIv5) describes it."""
