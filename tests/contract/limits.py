"""How many requests the contract sends at once, and what a platform with a limit of its own shows of them."""

AT_ONCE = 50
"""Requests that are sent at once."""
LEAST_AT_ONCE = 10
"""Requests that every platform answers at once."""
THROTTLED = f"at least {LEAST_AT_ONCE} of {AT_ONCE}, 429 for the others"
"""What a platform with a limit of concurrent requests shows."""
