"""What is known of AWS's actions and managed policies and of Google's roles: dated tables, renewed by ``renew``."""
