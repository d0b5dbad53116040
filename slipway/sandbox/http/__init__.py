"""HTTP/1.1 as the sandbox's gateway speaks it, on both of its sides, with what it refuses before a body is read."""
