"""What a lock pins, whatever wrote it: packages with their versions and hashes, chosen for one platform."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from slipway.bundle.platforms import MACHINES, Platform

NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
HASHES = ("sha256", "sha384", "sha512")
"""Of a file's hashes those that count."""
HASH = re.compile(rf"(?:{'|'.join(HASHES)}):[0-9a-f]+")
COMMIT = re.compile(r"git\+(?:https|ssh|file)://[^\s@]+(?:@[^\s@/]+/[^\s@]*)?@[0-9a-f]{40,64}")
"""A repository at one commit, which no other content can have; a user may stand before its host."""
FILE = re.compile(r"(?:https?|file)://[^\s#]+")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One package of a lock.

    It comes from the package index by ``version`` and ``hashes`` (each ``sha256:…``), or from ``url`` (a direct
    reference: ``git+https://…@COMMIT``, or a file that has one of the ``hashes``), or from ``folder`` (of this
    machine, relative to the app).
    """

    name: str
    version: str = ""
    hashes: tuple[str, ...] = ()
    url: str = ""
    folder: str = ""

    @property
    def indexed(self) -> bool:
        """Whether the package index has it."""
        return not (self.url or self.folder)


@dataclass(frozen=True, kw_only=True)
class Lock:
    """The packages of an app."""

    origin: str = ""
    """The file of the app that pins them; "" where the app has no dependencies."""
    text: bytes = b""
    """A requirements file with every package of the index pinned and hashed."""
    built: tuple[Pin, ...] = ()
    """Packages that no index has: they are built from their sources."""
    complete: bool = False
    """Whether ``text`` is a closed set for one platform, so that nothing is to be resolved again."""

    def __bool__(self) -> bool:
        return bool(self.text or self.built)


def fault(pin: Pin) -> str:
    """What an installer would obey, or take for another package, in what a lock says of one; "" where there is nothing.

    A lock comes with an app, and its texts become lines and arguments of an installer.
    """
    if not NAME.fullmatch(pin.name):
        return f"names a package {pin.name[:40]!r}"
    if wrong := next((digest for digest in pin.hashes if not HASH.fullmatch(digest)), None):
        return f"has the hash {wrong[:40]!r} of {pin.name}: hashes are sha256, sha384 or sha512 in hexadecimal digits"
    if pin.indexed:
        return "" if _is_version(pin.version) else f"pins {pin.name} to {pin.version[:40]!r}, which is no version"
    if pin.url.startswith("git+"):
        return "" if COMMIT.fullmatch(pin.url) else f"takes {pin.name} from {pin.url[:80]!r} by no commit of 40 digits"
    if pin.url and not FILE.fullmatch(pin.url):
        return f"takes {pin.name} from {pin.url[:80]!r}, which is no address of a file or of a repository of Git"
    if pin.url and not pin.hashes:
        return f"takes {pin.name} from {pin.url[:80]!r} without a hash"
    return ""


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return not re.search(r"\s", text)


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def rendered(pins: Iterable[Pin]) -> bytes:
    """The packages of the index as a requirements file, sorted; it names no registry and no folder."""
    unique = {(normal(pin.name), pin.version): pin for pin in pins if pin.indexed}
    lines = [
        f"{name}=={version} \\\n" + " \\\n".join(f"    --hash={digest}" for digest in sorted(set(pin.hashes))) + "\n"
        for (name, version), pin in sorted(unique.items())
    ]
    return "".join(lines).encode()


def environment_of(platform: Platform) -> dict[str, str]:
    """The values that markers are judged by on a platform (PEP 508)."""
    release = f"{platform.python}.{platform.patch}"
    return {
        "implementation_name": "cpython",
        "implementation_version": release,
        "os_name": "posix",
        "platform_machine": MACHINES[platform.architecture],
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": release,
        "python_version": platform.python,
        "sys_platform": "linux",
        "extra": "",
    }
