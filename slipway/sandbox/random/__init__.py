"""The package ``random``: values made once and kept in the state."""
