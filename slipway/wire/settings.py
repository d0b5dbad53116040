"""What a program says of its settings: ``stacks`` writes it as JSON, ``slipway config explain`` reads it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One setting of a stack's file."""

    key: str
    """As a stack's file has it; NAME is an app's."""
    platform: str
    """Which apps have it, as app-engine; "" for what all have, and for what is no app's."""
    what: str
    unit: str
    default: str
    environments: str
    """Those that may change it; ``all``, or ``none`` where the stack's name decides."""
