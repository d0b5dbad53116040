"""What the engine reports to a person, and the exit status that goes with it: as the Pulumi CLI ends."""


class EngineError(Exception):
    """A message for the user; ``code`` is the exit status of the command."""

    code = 1


class UsageError(EngineError):
    """Wrong flags, settings or names."""


class UnconfirmedError(EngineError):
    """Nothing says yes, and no terminal to ask on."""

    code = 2


class PassphraseError(EngineError):
    """No passphrase, or the wrong one."""


class StackNotFoundError(EngineError):
    """The stack that was named does not exist."""

    code = 6


class UnexpectedChangesError(EngineError):
    """``--expect-no-changes``, and there were some."""

    code = 7


class CancelledError(EngineError):
    """The operation was interrupted, or not confirmed."""

    code = 8


class StateError(EngineError):
    """A checkpoint that cannot be trusted. The file was not touched."""
