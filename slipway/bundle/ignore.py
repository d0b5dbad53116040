"""What stays out of an artifact: what is never packed, then the app's ignore files, then defaults.

The app's own word counts above the defaults. A line ``!certs/ca.pem`` of its ``.slipwayignore`` takes in what they
leave out; what its ``.gitignore`` names stays out unless the ``.slipwayignore`` takes it in. As in git, a file below a
folder that is left out cannot be taken in again: name the folder (``!tests/``) first. No line takes in what is never
packed: environments and credentials.
"""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass

from slipway.bundle.errors import BundleError

IGNORE_FILE = ".slipwayignore"
GITIGNORE = ".gitignore"

FOLDERS = {
    **dict.fromkeys([".git", ".hg", ".svn", ".jj"], "version control"),
    **dict.fromkeys([".venv", "venv", ".env", ".tox", ".nox"], "virtual environment"),
    **dict.fromkeys(["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"], "cache"),
    **dict.fromkeys([".slipway", ".pulumi", ".aws-sam", ".serverless", "node_modules"], "made by a tool"),
    **dict.fromkeys([".idea", ".vscode"], "an editor's"),
    **dict.fromkeys(["tests", "test"], "tests"),
    **dict.fromkeys(["instance", "uploads"], "what the app wrote while it ran"),
    **dict.fromkeys([".aws", ".ssh", ".gnupg", ".gcloud", ".azure", ".kube", ".docker"], "credentials"),
}
"""Folder names, at any depth -> why they stay out. (A virtual environment of any name is known by its pyvenv.cfg.)"""

FILES = {
    **dict.fromkeys([".git", GITIGNORE, ".gitattributes", ".gitmodules"], "version control"),
    **dict.fromkeys([IGNORE_FILE, ".dockerignore", ".gcloudignore", ".ebignore"], "ignore file"),
    **dict.fromkeys([".DS_Store", "Thumbs.db", "desktop.ini", ".coverage"], "made by a tool"),
    "conftest.py": "tests",
    **dict.fromkeys([".env", ".envrc", ".flaskenv"], "environment, which may hold secrets"),
    **dict.fromkeys(
        [".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials", ".htpasswd", ".pgpass"], "credentials"
    ),
    **dict.fromkeys([".boto", ".s3cfg", ".dockercfg", ".my.cnf", ".vault-token", ".terraformrc"], "credentials"),
    **dict.fromkeys([".secret", ".secrets", "kubeconfig"], "credentials"),
    **dict.fromkeys(["credentials.json", "application_default_credentials.json", "secrets.json"], "credentials"),
    **dict.fromkeys(["secrets.yaml", "secrets.yml", "secrets.toml"], "credentials"),
    **dict.fromkeys(["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"], "key"),
}
"""File names, at any depth -> why they stay out."""

DATABASE = "database"
"""Why a file stays out that has rows."""
ENDINGS = {
    **dict.fromkeys([".pyc", ".pyo", ".egg-info", ".swp", "~"], "made by a tool"),
    **dict.fromkeys([".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".p8", ".ppk", ".kdbx"], "key"),
    ".env": "environment, which may hold secrets",
    **dict.fromkeys([".tfstate", ".tfstate.backup", ".tfvars"], "credentials"),
    **dict.fromkeys([".sqlite", ".sqlite3", ".db"], DATABASE),
    **dict.fromkeys(["-journal", "-wal", "-shm"], "of a database"),
}
"""Ends of file names -> why such files stay out."""

LOOKS = (
    (re.compile(r"\.env\..+", re.IGNORECASE), "environment, which may hold secrets"),
    (re.compile(r"test_.*\.py"), "tests"),
    (re.compile(r"(client_secret|service[-_]?account|gha-creds-).*\.json", re.IGNORECASE), "credentials"),
)
"""Whole file names by pattern -> why they stay out."""

DATA = "the running app's own (`data` in its settings)"
"""Why what a stack's file names under ``data`` stays out; no line of an ignore file takes it in."""

NEVER = frozenset({"environment, which may hold secrets", "credentials"})
"""The reasons that no line of an ignore file overrules. (A key that is taken in by its name stops the build.)"""

BY_NAME = frozenset({"tests", "what the app wrote while it ran", DATABASE, "ignore file", "an editor's", GITIGNORE})
"""The reasons that count for nothing where a file or its folder is named as one that is needed."""
_ENDINGS = tuple(ENDINGS)
_LOOKED_AT = frozenset(".tcsgCSG")
"""How the names begin that ``LOOKS`` are about: matching three patterns with each of 2,000 names takes its time."""


@dataclass(frozen=True)
class Rules:
    """The app's own lines above the defaults. Each is a ``pathspec.GitIgnoreSpec``, None where the app has no file."""

    own: object | None = None
    git: object | None = None
    data: Sequence[str] = ()
    """Paths, folders or patterns that the stack's file says are written by the running app."""
    needed: Sequence[str] = ()
    """Files and folders that belong although the defaults leave them out: a Dockerfile names them."""

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        git: str = "",
        path: str = IGNORE_FILE,
        data: Sequence[str] = (),
        needed: Sequence[str] = (),
    ) -> "Rules":
        """The rules of a ``.slipwayignore`` above those of a ``.gitignore``; "" for one that is not there.

        Raises :class:`BundleError` for a line that is no pattern.
        """
        return cls(_spec(text, path), _spec(git, path.replace(IGNORE_FILE, GITIGNORE)), tuple(data), tuple(needed))

    def why_not(self, path: str, *, folder: bool) -> str:
        """Why the path (relative, with slashes) stays out; "" where it belongs."""
        if is_data(path, self.data):
            return DATA
        default = _default(path.rpartition("/")[2], folder=folder)
        whole = path + "/" if folder else path
        own = _verdict(self.own, whole)
        if default in NEVER:
            return f"{default}: never packed, whatever {IGNORE_FILE} says" if own is False else default
        if own is not None:
            return IGNORE_FILE if own else ""
        why = default or (GITIGNORE if _verdict(self.git, whole) else "")
        return "" if why in BY_NAME and is_named(path, self.needed, folder=folder) else why


def is_named(path: str, named: Sequence[str], *, folder: bool) -> bool:
    """Whether a path is one of those named, lies below one, or is a folder that leads to one."""
    return any(path == one or path.startswith(f"{one}/") or (folder and one.startswith(f"{path}/")) for one in named)


def is_data(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path is the running app's own, by the patterns of ``data``: a path, a folder, or with ``*``."""
    return any(
        fnmatch.fnmatchcase(path, pattern.rstrip("/")) or path.startswith(f"{pattern.rstrip('/')}/")
        for pattern in patterns
    )


def _spec(text: str, path: str) -> object | None:
    if not text:
        return None
    import pathspec

    try:
        return pathspec.GitIgnoreSpec.from_lines(text.splitlines())
    except ValueError as wrong:
        raise BundleError(f"{path} is not an ignore file: {wrong}") from None


def _verdict(spec: object | None, path: str) -> bool | None:
    """Whether the lines leave the path out; None where none is about it."""
    return None if spec is None else spec.check_file(path).include  # pyright: ignore[reportAttributeAccessIssue]


def _default(name: str, *, folder: bool) -> str:
    if folder:
        return FOLDERS.get(name) or ("made by a tool" if name.endswith(".egg-info") else "")
    if why := FILES.get(name):
        return why
    if name.lower().endswith(_ENDINGS):
        return next(why for end, why in ENDINGS.items() if name.lower().endswith(end))
    if name[0] not in _LOOKED_AT:
        return ""
    return next((why for look, why in LOOKS if look.fullmatch(name)), "")
