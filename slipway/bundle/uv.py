"""Runs uv: where it is, with which settings, and what its refusals mean."""

import logging
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.user_cache import user_cache
from slipway.bundle.uv_reasons import sentence

log = logging.getLogger(__name__)
_KEPT = frozenset(
    f"UV_{name}"
    for name in (
        "CACHE_DIR", "INDEX", "DEFAULT_INDEX", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "OFFLINE",
        "INDEX_STRATEGY", "KEYRING_PROVIDER", "HTTP_TIMEOUT", "HTTP_RETRIES", "SYSTEM_CERTS", "NATIVE_TLS",
        "INSECURE_HOST", "CONFIG_FILE", "EXCLUDE_NEWER",
    )
)  # fmt: skip
"""Settings of uv's that say where packages come from. The others could change what is installed, and are taken away."""

_PLAIN = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "SYSTEMROOT"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC", "PYTHON_KEYRING_BACKEND"),
        *("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH"),
        *("CARGO_HOME", "RUSTUP_HOME", "MACOSX_DEPLOYMENT_TARGET", "SDKROOT", "SOURCE_DATE_EPOCH", "PYENV_ROOT"),
    }
)
"""What says where things are, how indexes are reached and how compilers are called; nothing else is needed."""
_PREFIXES = ("LC_", "XDG_", "DYLD_")
_UNREACHABLE = re.compile(
    r"error sending request|dns error|failed to lookup|connection refused|timed out|Network connectivity is disabled"
    r"|Failed to fetch",
    re.IGNORECASE,
)


class UvError(BundleError):
    """uv's refusal in one sentence; ``output`` has uv's own words."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


def run_uv(arguments: Sequence[str], *, folder: Path, doing: str, variables: Mapping[str, str] | None = None) -> str:
    """Run uv in a folder and return what it printed.

    ``variables`` are what a build sees beside the usual ones. Where no index of packages can be reached, uv is run
    again with what it has in its cache, however old that is.
    Raises :class:`UvError`, which starts with ``doing`` and gives the reason in a sentence.
    """
    import subprocess

    import uv

    remaining = {**visible(os.environ), **(variables or {})}
    remaining = {**cache_of(remaining), "TMPDIR": _temporary(remaining), **remaining}
    command = [uv.find_uv_bin(), *arguments, "--no-progress", "--no-python-downloads"]

    def run(*more: str) -> "subprocess.CompletedProcess[str]":
        words = [*command, *more]
        return subprocess.run(
            words, cwd=folder, env=remaining, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    done = run()
    if done.returncode and _UNREACHABLE.search(done.stderr) and "--offline" not in arguments:
        cached = run("--offline")
        if cached.returncode == 0:
            log.warning("no index of packages can be reached: what uv has in its cache is taken")
            return cached.stdout
    if done.returncode == 0:
        return done.stdout
    output = done.stderr or done.stdout
    raise UvError(f"{doing}: {sentence(output)}{_remedy(done.stderr)}", output)


def visible(environment: Mapping[str, str]) -> dict[str, str]:
    """What uv may see of an environment: a package that is built from its source runs code of its own there.

    No secret of the user's, and no setting of the stack that Pulumi hands to its program in a variable. A virtual
    environment around us is not where the packages go.
    """
    plain = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.upper() in _PLAIN or name.startswith(_PREFIXES)
    }
    return {**plain, "NO_COLOR": "1"}


def cache_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The variable of a cache for uv where it cannot make its own, as without a home; empty where it can.

    That cache lies among the system's temporary files, and is this user's alone.
    """
    if "UV_CACHE_DIR" in environment:
        return {}
    try:
        usual = Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home()) / ".cache")
        (usual / "uv").mkdir(parents=True, exist_ok=True)
        if os.access(usual / "uv", os.R_OK | os.W_OK | os.X_OK):
            return {}
    except (OSError, RuntimeError):  # RuntimeError: no home is known at all
        pass
    place = Path(tempfile.gettempdir()) / f"slipway-uv-{os.geteuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.geteuid():  # another user has made it
        place = Path(tempfile.mkdtemp(prefix="slipway-uv-"))
    return {"UV_CACHE_DIR": str(place)}


def _temporary(environment: Mapping[str, str]) -> str:
    """The folder of uv's temporary files: one of the user's cache, and the system's where that cannot be written.

    uv leaves a lock there for each source folder that setuptools has built, and takes the same one again.
    """
    folder = user_cache(environment) / "uv"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return tempfile.gettempdir()
    return str(folder)


def _remedy(output: str) -> str:
    if _UNREACHABLE.search(output):
        return " (the package index cannot be reached, and the packages are not in uv's cache: get online, run again)"
    return ""
