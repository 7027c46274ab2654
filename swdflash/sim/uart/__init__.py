"""Asynchronous serial lines: levels over virtual time, and what a receiver samples from them."""
