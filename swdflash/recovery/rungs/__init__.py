"""The rungs, each a small class."""
