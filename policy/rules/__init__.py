"""The rules, a file a family: their functions first, then what each says of itself."""
