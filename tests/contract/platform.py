"""A platform of the time service, as the suite brings it up: an app of a stack, and what it needs beside the app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ADAPTERS = HERE / "adapters"
"""What some platforms need beside the app's own files."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One column of the parity table."""

    name: str
    settings: Mapping[str, Any]
    """The app in the stack's file, beside its source."""
    adds: Mapping[str, str] = field(default_factory=dict)
    """Files put beside the app's own: name in the app's folder -> name in ``adapters``."""
    freezes: bool = False
    """Whether its processes take an environment variable that stops the clock; elsewhere the machine's clock runs."""
    needs_docker: bool = False
    differs: Mapping[str, str] = field(default_factory=dict)
    """What is seen here in place of what is promised, by promise; each for a reason that ``note`` gives."""
    note: str = ""
    """What one has to know of this platform, as a sentence under the table."""
