"""The command line: arguments, which project and stack, and what each command does."""
