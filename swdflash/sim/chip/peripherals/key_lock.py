"""The lock in front of a flash controller's registers."""

from __future__ import annotations


class KeyLock:
    """Opens on the right keys in order; a wrong one shuts it until reset (PM0075 §2.3.2)."""

    def __init__(self, *keys: int) -> None:
        self._keys = keys
        self._expected = 0
        self.locked = True
        self.jammed = False

    def reset(self) -> None:
        """A reset closes the lock and takes a jam away."""
        self._expected = 0
        self.locked = True
        self.jammed = False

    def lock(self) -> None:
        """Software may close it at any time."""
        self._expected = 0
        self.locked = True

    def offer(self, key: int) -> bool:
        """Take a key; False where it is wrong, or comes after a wrong one."""
        if self.jammed or key != self._keys[self._expected]:
            self.locked = self.jammed = True
            return False
        self._expected += 1
        if self._expected == len(self._keys):
            self._expected = 0
            self.locked = False
        return True
