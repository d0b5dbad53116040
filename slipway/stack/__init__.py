"""One stack of this project: its session, settings file, backend, owner and expiry, pins, clone and outputs."""
