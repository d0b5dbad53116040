"""What is known of a folder, each finding with where it was read and how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from slipway.bundle.entries import Interface
from slipway.bundle.locks.wanted import Wanted


class Sure(StrEnum):
    """How sure a finding is."""

    certain = "certain"
    """Stated by a file."""
    likely = "likely"
    """The usual shape."""
    guessed = "guessed"
    """Nothing says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was read."""

    subject: str
    """As ``framework``, ``entry``, ``python``."""
    value: str
    file: str = ""
    """Relative to the folder."""
    line: int = 0
    sure: Sure = Sure.certain

    @property
    def place(self) -> str:
        """``FILE:LINE``, as far as it is known."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What a folder is."""

    root: Path
    framework: str = ""
    """As ``flask``; "" where nothing shows one."""
    interface: Interface | None = None
    """How the entry is called; None for what serves nothing."""
    entry: str = ""
    """As :mod:`slipway.bundle.entries` writes it; of a command the file that it starts."""
    others: tuple[str, ...] = ()
    """Other entries that are called in the same way, the best first."""
    command: str = ""
    """What starts an app that brings its own server, with ``$PORT``."""
    worker: str = ""
    """What runs beside the app or in its place, without a port."""
    imports: tuple[str, ...] = ()
    """Packages that an app which brings its own server imports when it answers, at the latest; not what it may miss."""
    release: str = ""
    """What is to be run once before a version serves."""
    setup: str = ""
    """What makes its tables once, and may empty those that are there: an app's own command or function for that."""
    python: str = ""
    """The Pythons it is for, as ``>=3.11``; "" where it does not say."""
    python_version: str = ""
    """The one Python it asks for, as ``3.12``."""
    wanted: Wanted = field(default_factory=lambda: Wanted(origin=""))
    lock: str = ""
    """The lock file that counts; "" where there is none."""
    undeclared: tuple[str, ...] = ()
    """Packages that the code imports and nothing declares, as an index calls them."""
    port: int = 0
    probe: str = "/"
    """A path that should answer."""
    routes: tuple[str, ...] = ()
    """Paths without parameters that the code names."""
    static: tuple[tuple[str, str], ...] = ()
    """Paths that are served from folders."""
    variables: tuple[str, ...] = ()
    """Environment variables that the code reads without a default."""
    optional: tuple[str, ...] = ()
    """Environment variables that it asks for without a default, and may do without."""
    with_default: tuple[str, ...] = ()
    """Environment variables that it has a default of."""
    examples: tuple[tuple[str, str, str], ...] = ()
    """(name, value, file) of variables that its own examples name."""
    secrets: tuple[str, ...] = ()
    """Those of them that are secret by their names."""
    env: tuple[tuple[str, str], ...] = ()
    """Variables that a file of the app gives values to."""
    keeps: tuple[str, ...] = ()
    """Databases and uploads in its folder."""
    dockerfile: str = ""
    target: str = ""
    """The stage of the Dockerfile that a compose file has built; "" for the last."""
    image_command: str = ""
    """What a compose file starts in an image whose Dockerfile says nothing of that."""
    prepares_itself: bool = False
    """Whether what the image starts makes or changes the app's tables before it serves."""
    below: str = ""
    """The folder below that a compose file builds, where that is the app."""
    services: tuple[tuple[str, str], ...] = ()
    """(name, image) of what a compose file starts beside the app."""
    findings: tuple[Finding, ...] = ()
    hosts: str = ""
    """The variable that Django's settings take the names of hosts from that are answered; "" where there is none."""
    unreadable: str = ""
    """Why what the app depends on cannot be read; "" where it can."""
    arguments: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """Of a pipeline, by the file that is run: its own options, and whether it has to get each."""
    problems: tuple[str, ...] = ()
    """What somebody wrote for another platform and cannot be kept."""
    ended_runtime: str = ""
    """The runtime of App Engine's first generation that its app.yaml names; "" where it names none."""

    def finding(self, subject: str) -> Finding | None:
        """The first finding of a subject."""
        return next((finding for finding in self.findings if finding.subject == subject), None)
