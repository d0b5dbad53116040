"""Where this user keeps what every clone can use, and what can be made again."""

import os
from collections.abc import Mapping
from pathlib import Path


def user_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Slipway's folder in the user's cache; it may not be there yet. Raises ``RuntimeError`` where no home is known.

    A relative path in ``XDG_CACHE_HOME`` is passed over:
    https://specifications.freedesktop.org/basedir-spec/latest/.
    """
    named = environment.get("XDG_CACHE_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".cache") / "slipway"
