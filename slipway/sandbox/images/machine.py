"""The base that stands in for bases that cannot be pulled: with pip, and with this machine's own index and authorities.

A ``RUN pip install`` or ``RUN apt-get install`` of anybody's Dockerfile then reaches what this machine reaches. Such
images stay on this machine.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from slipway.sandbox.images.recipes import RECIPES, Recipe
from slipway.sandbox.images.root import BUNDLE

WHICH = "python-pip"
PYTHON = "3.11"
"""The Python that is in it."""
DPKG = {
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/dpkg/dpkg.cfg.d/docker": "".join(
        f"path-exclude /usr/share/{folder}/*\n" for folder in ("doc", "groff", "info", "linda", "lintian", "man")
    ),
}
"""How dpkg is set in Debian's own images: a layer that was cut off is made anew, and needs no flush for each file."""
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "no-index")
"""pip's settings that say where packages come from. Folders of this machine are not inside, and are left out."""
AUTHORITIES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Variables that name a file of the authorities that this machine trusts."""


def recipe() -> Recipe:
    """The recipe of that base on this machine."""
    files = {"etc/pip.conf": pip_configuration(os.environ, _configured())}
    if bundle := _authorities(os.environ):
        files[BUNDLE] = bundle
    files |= apt_configuration(Path("/etc/apt"), _apt_proxies())
    return replace(RECIPES[WHICH], files={**RECIPES[WHICH].files, **files})


def pip_configuration(environment: Mapping[str, str], configured: Mapping[str, str]) -> str:
    """A ``pip.conf``: where this machine's variables and files say that packages come from."""
    settings = {key: configured[key] for key in PASSED_ON if key in configured}
    settings |= {
        key: environment[f"PIP_{key.upper().replace('-', '_')}"]
        for key in PASSED_ON
        if environment.get(f"PIP_{key.upper().replace('-', '_')}")
    }
    if index := next((environment[name] for name in INDEX_VARIABLES if environment.get(name)), ""):
        settings["index-url"] = index
    settings |= {"cert": f"/{BUNDLE}", "disable-pip-version-check": "true", "root-user-action": "ignore"}
    lines = [f"{key} = {' '.join(value.split())}" for key, value in sorted(settings.items())]
    return "\n".join(["[global]", *lines, ""])


def apt_configuration(folder: Path, proxies: str) -> dict[str, str]:
    """apt's lists of sources as this machine has them, and how it reaches them: path inside -> text."""
    paths = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    sources = {
        f"etc/apt/{path.relative_to(folder).as_posix()}": path.read_text(encoding="utf-8")
        for path in paths
        if path.is_file() and path.suffix in (".list", ".sources")
    }
    settings = 'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
    return {**sources, "etc/apt/apt.conf.d/90slipway": f"{settings}{proxies}", **DPKG}


@cache
def _apt_proxies() -> str:
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    return "".join(f"{line}\n" for line in done.stdout.splitlines() if line.startswith("Acquire::http"))


@cache
def _configured() -> dict[str, str]:
    """What pip's files on this machine say, ``global`` first."""
    done = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {key.removeprefix("global."): value.strip("'\"") for key, _, value in pairs if key.startswith("global.")}


def _authorities(environment: Mapping[str, str]) -> str:
    named = next((environment[name] for name in AUTHORITIES if environment.get(name)), f"/{BUNDLE}")
    try:
        return Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
