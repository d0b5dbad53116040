"""An application's requirements as a virtual environment, made once for each set of them."""

import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from slipway.bundle.interpreters import OWN, interpreter, own_interpreter
from slipway.bundle.uv import cache_of
from slipway.sandbox.services import files, registry
from slipway.sandbox.services.processes import inherited

log = logging.getLogger(__name__)

UNREACHABLE = ("failed to fetch", "error sending request", "dns error", "could not connect", "network is unreachable")
"""What uv says where the network is missing."""
SECONDS = 300
"""How long an installation may take."""
LOOPBACK = Path(__file__).with_name("loopback.py")
GUNICORN = re.compile(r"^gunicorn\b", re.MULTILINE | re.IGNORECASE)


class UninstallableError(Exception):
    """The requirements do not install; says what the installer says."""


def environment(state_folder: Path, source: Path, *, needs_gunicorn: bool, python: str = OWN) -> Path:
    """The virtual environment for ``source/requirements.txt``, on ``python`` if this machine has it, else on its own.

    Hashes are required where the file has any. ``needs_gunicorn`` adds it where the file does not name it, as App
    Engine does for an app without an entry point. Raises :class:`UninstallableError`.
    """
    listed = source / "requirements.txt"
    text = listed.read_text(encoding="utf-8") if listed.exists() else ""
    extra = ["gunicorn"] if needs_gunicorn and not GUNICORN.search(text) else []
    key = hashlib.sha256(
        "\0".join([sys.version, *_other(python), text, LOOPBACK.read_text(encoding="utf-8"), *extra]).encode()
    ).hexdigest()[:16]
    target = registry.folder(state_folder) / "environments" / key
    complete = target / ".complete"
    with registry.locked(state_folder, f"environment-{key}"):
        if not _usable(target, complete):
            # What a killed command has left of it is not built upon: an installer takes half a package for one.
            files.remove(target)
            _make(target, listed if text.strip() else None, extra, python, hashed="--hash" in text)
            complete.write_text(str(target), encoding="utf-8")
    return target


def _usable(target: Path, complete: Path) -> bool:
    """Whether an environment is whole, and works where it is.

    Its programs name its Python by the full path: after the project was moved or copied that is another one or none.
    """
    if not complete.exists() or not (target / "bin" / "python").exists():
        return False
    return complete.read_text(encoding="utf-8") == str(target)


def _other(python: str) -> list[str]:
    """What tells the environments of another Python from those of this one."""
    path = interpreter(python) if python != OWN else None
    return [path] if path else []


def _make(target: Path, listed: Path | None, extra: list[str], python: str, *, hashed: bool) -> None:
    _uv("venv", "--quiet", "--no-project", "--python", interpreter(python) or own_interpreter(), str(target))
    for packages in (target / "lib").glob("python*/site-packages"):
        # Python runs a line of a .pth file that begins with "import", before anything of the app.
        shutil.copyfile(LOOPBACK, packages / "_slipway_loopback.py")
        (packages / "_slipway_loopback.pth").write_text("import _slipway_loopback\n", encoding="utf-8")
    into = ["pip", "install", "--quiet", "--no-config", "--python", str(target / "bin" / "python")]
    if listed:
        _uv(*into, *(["--require-hashes"] if hashed else []), "--requirement", str(listed))
    if extra:
        _uv(*into, *extra)
    _let_all_read(target)


def _let_all_read(folder: Path) -> None:
    """Let the app's own user read the packages, whose files have the modes that they got in uv's cache."""
    for place, folders, names in os.walk(folder):
        for path in (Path(place, name) for name in [*folders, *names]):
            if not path.is_symlink() and (mode := path.stat().st_mode) & 0o444 != 0o444:
                path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def _uv(*words: str) -> None:
    """Run uv; where no index can be reached, with what it has in its cache."""
    status, message = _run(*words)
    if status and words[0] == "pip" and any(sign in message.lower() for sign in UNREACHABLE):
        log.warning("no index of packages can be reached; trying with the cache: %s", message.splitlines()[-1])
        status, _ = _run(*words, "--offline")
    if status:
        raise UninstallableError(message or f"uv {words[0]} ended with status {status}")


def _run(*words: str) -> tuple[int, str]:
    from uv import find_uv_bin  # a module of the program that it finds

    variables = inherited(os.environ, installs=True)
    try:
        done = subprocess.run(
            [find_uv_bin(), *words],
            env={**variables, **cache_of(variables)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            umask=0o022,  # the folder above is closed; what is in it an app's own user may have to read
        )
    except subprocess.TimeoutExpired:
        raise UninstallableError(f"installing the requirements took longer than {SECONDS} seconds") from None
    return done.returncode, done.stderr.strip()
