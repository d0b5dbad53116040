"""What pipelines stand on: the clouds' trust in their tokens, the bucket of states, the key that seals secrets."""
