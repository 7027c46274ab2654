"""The ways to a chip."""
