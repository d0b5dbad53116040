"""Debian's packages: which files a list of them stands for, fetched once and kept for the user.

apt's own lists say what each package's file is called and what its sha256 is, so what an image is made of is known
before anything is fetched. Nothing is installed: packages are only unpacked.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from slipway.bundle.user_cache import user_cache

LINE = re.compile(r"^'(?P<url>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE)
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
"""Debian's word for an architecture -> the folder of its libraries."""

AGAIN = "on Debian 12 run `apt-get update`, then again; elsewhere name a base that can be pulled in the stack"


class PackagesError(Exception):
    """Packages could not be had; says why and what to do."""


@dataclass(frozen=True)
class Package:
    """A package as apt's lists have it."""

    file: str
    """The name of its file, which tells package, version and architecture."""
    sha256: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.file.split("_")[0]


def architecture() -> str:
    """This machine's architecture in Debian's words. Raises :class:`PackagesError` where Debian's tools are missing."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PackagesError(
            "base images are made from Debian's packages, and this machine has no apt-get: name an image that can be "
            "pulled as the stack's base instead"
        )
    return _run(["dpkg", "--print-architecture"]).strip()


def lists_of(folder: Path = Path("/var/lib/apt/lists")) -> datetime | None:
    """When the newest of apt's lists was published, by its own word; None where there is none."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*Release"))
    dates = (match[1] for text in texts if (match := re.search(r"^Date: (.+)$", text, re.MULTILINE)))
    return max(map(parsedate_to_datetime, dates), default=None)


def wanted(names: Sequence[str]) -> list[Package]:
    """The packages of these names as apt would fetch them now, sorted. Raises :class:`PackagesError`."""
    output = _run(["apt-get", "download", "--print-uris", *names])
    result = [Package(match["file"], match["sha256"]) for match in LINE.finditer(output)]
    missing = sorted(set(names) - {package.name for package in result})
    if missing:
        raise PackagesError(f"apt knows no package {', '.join(missing)}: {AGAIN}")
    return sorted(result, key=lambda package: package.file)


def fetch(packages: Sequence[Package], store: Path) -> list[Path]:
    """The packages' files, in the same order, fetched where ``store`` lacks them; each is what apt's list says.

    Raises :class:`PackagesError`.
    """
    store.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if not _whole(store / package.file, package.sha256)]
    if missing:
        with tempfile.TemporaryDirectory(dir=store) as work:
            # Root's apt hands fetching to a user of its own, who could not write here and would be warned about.
            words = ["apt-get", "download", "-o", "APT::Sandbox::User=root", "-q"]
            _run([*words, *(f"{p.name}={_version(p)}" for p in missing)], Path(work))
            for package in missing:
                fetched = Path(work) / package.file
                if not _whole(fetched, package.sha256):
                    raise PackagesError(f"{package.file} is not what apt's list says it is: run `apt-get update`")
                fetched.replace(store / package.file)
    return [store / package.file for package in packages]


def store() -> Path:
    """Where the user keeps packages that were fetched."""
    return user_cache() / "debian"


def _version(package: Package) -> str:
    return package.file.split("_")[1].replace("%3a", ":")


def _whole(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _run(words: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    if done.returncode:
        output = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise PackagesError(f"{' '.join(words[:3])} failed: {' '.join(output[-2:])}; {AGAIN}")
    return done.stdout
