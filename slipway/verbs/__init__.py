"""The verbs: a module for each thing that a user asks of a stack or of this machine."""
