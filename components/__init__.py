"""What Slipway is made of: one logical entity a file, the IAM it needs inside."""
