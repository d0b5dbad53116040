"""Runs uv: where it is, with which settings, and what its refusals mean."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.errors import BundleError

_KEPT = frozenset(
    f"UV_{name}"
    for name in (
        "CACHE_DIR", "INDEX", "DEFAULT_INDEX", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "OFFLINE",
        "INDEX_STRATEGY", "KEYRING_PROVIDER", "HTTP_TIMEOUT", "HTTP_RETRIES", "SYSTEM_CERTS", "NATIVE_TLS",
        "INSECURE_HOST", "CONFIG_FILE", "EXCLUDE_NEWER",
    )
)  # fmt: skip
"""Settings of uv's that say where packages come from. The others could change what is installed, and are taken away."""

_UNREACHABLE = re.compile(
    r"error sending request|dns error|failed to lookup|connection refused|timed out|Network connectivity is disabled"
    r"|Failed to fetch",
    re.IGNORECASE,
)


_DRAWN = re.compile(r"^[\s\u00d7\u00b7\u2500-\u25ff]*(?:error:\s*)?")


def run_uv(arguments: Sequence[str], *, folder: Path, doing: str) -> str:
    """Run uv in a folder and return what it printed.

    Raises :class:`BundleError`, which starts with ``doing`` and gives uv's own reason.
    """
    import subprocess

    import uv

    remaining = {name: value for name, value in os.environ.items() if not name.startswith("UV_") or name in _KEPT}
    # A virtual environment around us is not where the packages go.
    remaining.pop("VIRTUAL_ENV", None)
    remaining["NO_COLOR"] = "1"
    command = [uv.find_uv_bin(), *arguments, "--no-progress", "--no-python-downloads"]
    done = subprocess.run(
        command, cwd=folder, env=remaining, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    raise BundleError(f"{doing}: {_reason(done.stderr or done.stdout)}{_remedy(done.stderr)}")


def _reason(output: str) -> str:
    """uv's complaint without its drawing, its progress and the folder it ran in."""
    lines = [_DRAWN.sub("", line).strip() for line in output.splitlines()]
    remaining = [
        line for line in lines if line and not line.startswith(("Using ", "Resolved ", "Prepared ", "Downloading "))
    ]
    return " ".join(remaining) or "uv gave no reason"


def _remedy(output: str) -> str:
    if _UNREACHABLE.search(output):
        return " (the package index cannot be reached, and the packages are not in uv's cache: get online, run again)"
    return ""
