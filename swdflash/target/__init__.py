"""Acts on a chip within reach."""
