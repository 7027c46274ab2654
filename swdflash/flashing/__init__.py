"""Planning a write and carrying it out."""
