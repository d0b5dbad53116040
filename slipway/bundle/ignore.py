"""What stays out of an artifact: safe defaults, and the app's own ``.slipwayignore`` with git's rules.

The last word is the app's: a line ``!certs/ca.pem`` takes in what the defaults leave out, as in git. As in git too, a
file below a folder that is left out cannot be taken in again: name the folder (``!tests/``) first.
"""

import re
from dataclasses import dataclass

from slipway.bundle.errors import BundleError

IGNORE_FILE = ".slipwayignore"

FOLDERS = {
    **dict.fromkeys([".git", ".hg", ".svn", ".jj"], "version control"),
    **dict.fromkeys([".venv", "venv", ".env", ".tox", ".nox"], "virtual environment"),
    **dict.fromkeys(["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"], "cache"),
    **dict.fromkeys([".slipway", ".pulumi", ".aws-sam", ".serverless", "node_modules"], "made by a tool"),
    **dict.fromkeys([".idea", ".vscode"], "an editor's"),
    **dict.fromkeys(["tests", "test"], "tests"),
    **dict.fromkeys([".aws", ".ssh", ".gnupg", ".gcloud", ".azure", ".kube", ".docker"], "credentials"),
}
"""Folder names, at any depth -> why they stay out. (A virtual environment of any name is known by its pyvenv.cfg.)"""

FILES = {
    **dict.fromkeys([".git", ".gitignore", ".gitattributes", ".gitmodules"], "version control"),
    **dict.fromkeys([IGNORE_FILE, ".dockerignore", ".gcloudignore", ".ebignore"], "ignore file"),
    **dict.fromkeys([".DS_Store", "Thumbs.db", "desktop.ini", ".coverage"], "made by a tool"),
    "conftest.py": "tests",
    **dict.fromkeys([".env", ".envrc", ".flaskenv"], "environment, which may hold secrets"),
    **dict.fromkeys(
        [".netrc", "_netrc", ".pypirc", ".npmrc", ".git-credentials", ".htpasswd", ".pgpass"], "credentials"
    ),
    **dict.fromkeys(["credentials.json", "application_default_credentials.json", "secrets.json"], "credentials"),
    **dict.fromkeys(["secrets.yaml", "secrets.yml", "secrets.toml"], "credentials"),
    **dict.fromkeys(["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"], "key"),
}
"""File names, at any depth -> why they stay out."""

ENDINGS = {
    **dict.fromkeys([".pyc", ".pyo", ".egg-info", ".swp", "~"], "made by a tool"),
    **dict.fromkeys([".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".p8", ".ppk", ".kdbx"], "key"),
}
"""Ends of file names -> why such files stay out."""

LOOKS = (
    (re.compile(r"\.env\..+", re.IGNORECASE), "environment, which may hold secrets"),
    (re.compile(r"test_.*\.py"), "tests"),
    (re.compile(r"client_secret.*\.json|service[-_]?account.*\.json", re.IGNORECASE), "credentials"),
)
"""Whole file names by pattern -> why they stay out."""

_ENDINGS = tuple(ENDINGS)
_LOOKED_AT = frozenset(".tcsCS")
"""How the names begin that ``LOOKS`` are about: matching three patterns with each of 2,000 names takes its time."""


@dataclass(frozen=True)
class Rules:
    """The defaults below the app's own lines. ``own`` is a ``pathspec.GitIgnoreSpec``, None where the app has none."""

    own: object | None = None

    @classmethod
    def parse(cls, text: str, *, path: str = IGNORE_FILE) -> "Rules":
        """The rules of an ignore file. Raises :class:`BundleError` for a line that is no pattern."""
        import pathspec

        try:
            return cls(pathspec.GitIgnoreSpec.from_lines(text.splitlines()))
        except ValueError as wrong:
            raise BundleError(f"{path} is not an ignore file: {wrong}") from None

    def why_not(self, path: str, *, folder: bool) -> str:
        """Why the path (relative, with slashes) stays out; "" where it belongs."""
        if self.own is not None:
            verdict = self.own.check_file(path + "/" if folder else path)  # pyright: ignore[reportAttributeAccessIssue]
            if verdict.include is True:
                return IGNORE_FILE
            if verdict.include is False:
                return ""
        return _default(path.rpartition("/")[2], folder=folder)


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
