"""What a person or a program reads of an operation: lines, diffs, a digest; never a secret."""
