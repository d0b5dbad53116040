"""An app's dependencies: what its files ask for, what a lock pins, and how one is made."""

from slipway.bundle.locks.chosen import LOCK, LOCKS, NOT_DEPLOYED, PYLOCK, WANTED, lock_of, names_in, packed_locks
from slipway.bundle.locks.compiled import lock, taken_instead
from slipway.bundle.locks.pins import Lock, Pin, normal

__all__ = [
    "LOCK",
    "LOCKS",
    "NOT_DEPLOYED",
    "PYLOCK",
    "WANTED",
    "Lock",
    "Pin",
    "lock",
    "lock_of",
    "names_in",
    "normal",
    "packed_locks",
    "taken_instead",
]
