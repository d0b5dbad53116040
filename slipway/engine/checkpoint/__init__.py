"""What is on disk: checkpoint, journal, locks, history, and the secrets in them."""
