"""What this machine has of what the command uses: each thing, what it is for, and what to do where it lacks.

Looks are independent of one another and made at once; none changes anything.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from slipway.bundle import vulnerabilities
from slipway.bundle.vulnerabilities import Scan, ScanError, scan_image, scan_packages
from slipway.sandbox.databases import programs
from slipway.sandbox.docker import builds, daemon
from slipway.sandbox.docker.store import BINARY
from slipway.sandbox.images import debian
from slipway.stack.project import Project
from slipway.verbs import tables
from slipway.verbs.new_project import pin
from slipway.verbs.tables import table_of

PYTHON = (3, 11)
DISK_GB, MEMORY_GB = 2, 2
"""What a whole `make demo` with containers needs, rounded up."""
PATIENCE = 5.0
"""Seconds that a look outside may take."""


@dataclass(frozen=True)
class Finding:
    """One thing that this machine has or lacks. ``well`` None: it lacks, and everything else works without it."""

    what: str
    version: str
    purpose: str
    well: bool | None = True
    remedy: str = ""


def doctor() -> int:
    """Show the table; 1 where something lacks that the command cannot do without."""
    findings = examine(Project.find())
    rows = [(f.what, f.version, _word(f), f.purpose, "" if f.well else f.remedy) for f in findings]
    tables.show(table_of("This machine", ("", "found", "", "what for", "what to do"), rows))
    lacking = [finding.what for finding in findings if finding.well is False]
    print(f"required, and lacking: {', '.join(lacking)}" if lacking else "everything that is required is there")
    return 1 if lacking else 0


def examine(project: Project) -> list[Finding]:
    """A finding for each look, in their order."""
    looks: list[Callable[[], Finding]] = [
        python,
        uv,
        lambda: packages(project),
        lambda: disk(project.state_folder),
        memory,
        index,
        pulumi,
        docker,
        buildkit,
        registry,
        bases,
        prometheus,
        scanner,
        postgres,
    ]
    with ThreadPoolExecutor(len(looks) + 1) as pool:
        scans = pool.submit(images, project)
        return [*pool.map(lambda look: look(), looks), *scans.result()]


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """The interpreter."""
    text = ".".join(map(str, version))
    remedy = f"install Python {PYTHON[0]}.{PYTHON[1]} or later, then `make clean demo`"
    return Finding("Python", text, "runs the program and the sandbox", version[:2] >= PYTHON, remedy)


def uv() -> Finding:
    """The resolver of the apps' packages, from the project's own environment."""
    try:
        version = importlib.metadata.version("uv")
    except importlib.metadata.PackageNotFoundError:
        return Finding("uv", "none", "packs the apps' dependencies", False, "`make setup`")
    return Finding("uv", version, "packs the apps' dependencies")


PINNED = "-r requirements.txt"


def packages(project: Project, environment: Path = Path(sys.prefix)) -> Finding:
    """Whether the environment holds what the list pins."""
    pinned, stamp = project.root / "requirements.txt", environment / ".runtime"
    lines = pinned.read_text(encoding="utf-8").splitlines() if pinned.exists() else []
    if own := next((line for line in lines if re.match(r"slipway\s*(?:@|==)", line)), ""):
        # A project around an installed Slipway pins that alone, and has no Makefile.
        current = own == pin()
        version = own if current else f"{pin()}; requirements.txt pins {own}"
        return Finding("packages", version, "the Slipway that runs", current or None, f"`pip install {PINNED}`")
    current = stamp.exists() and stamp.stat().st_mtime >= pinned.stat().st_mtime if pinned.exists() else True
    version = "as pinned" if current else "older than requirements.txt"
    return Finding("packages", version, "what the command itself is made of", current or None, "`make setup`")


def disk(state_folder: Path, least: float = DISK_GB) -> Finding:
    """Room where runs write; ``least`` in GB."""
    place = next(path for path in (state_folder, *state_folder.parents) if path.exists())
    free = shutil.disk_usage(place).free / 2**30
    remedy = f"free some of {place}: `slipway bundle --clean`, `docker system prune`"
    return Finding("disk", f"{free:.0f} GB free", "artifacts, images", free >= least or None, remedy)


def memory() -> Finding:
    """What is left for emulators and containers."""
    import psutil

    free = psutil.virtual_memory().available / 2**30
    remedy = "end what else runs; the emulators and the containers need about this"
    return Finding("memory", f"{free:.0f} GB free", "emulators, containers", free >= MEMORY_GB or None, remedy)


def index() -> Finding:
    """Whether uv reaches the index it is told to use; its address may hold a password and is not shown."""
    import uv as finder

    configured = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL", "")
    words = [finder.find_uv_bin(), "pip", "compile", "-", "--quiet", "--no-header", "--no-cache"]
    try:
        done = subprocess.run(words, input="iniconfig\n", capture_output=True, text=True, timeout=4 * PATIENCE)
    except subprocess.TimeoutExpired:
        done = None
    well = done is not None and done.returncode == 0
    host = urlsplit(configured).hostname or "uv's own setting"
    remedy = "check the network, or name an index that is reachable in UV_DEFAULT_INDEX; what was fetched once is kept"
    return Finding("package index", host if well else f"{host} unreachable", "apps' dependencies", well or None, remedy)


def pulumi() -> Finding:
    """The engine of real clouds."""
    version = _version(["pulumi", "version"])
    remedy = "install it for stacks of real clouds: https://www.pulumi.com/docs/iac/download-install/"
    purpose = "stacks of real clouds; the sandbox needs none"
    return Finding("pulumi", version or "none", purpose, bool(version) or None, remedy)


def docker() -> Finding:
    """The daemon of the containers."""
    purpose = "containers; without, stacks leave them out"
    where = daemon.find()
    if where is None:
        remedy = "`make docker` (as root, on Debian) installs and starts one; elsewhere install Docker its own way"
        return Finding("Docker daemon", f"none at {daemon.address()}", purpose, None, remedy)
    facts = daemon.facts(where)
    version = f"{facts.version}, {facts.storage}, cgroups {facts.cgroups}"
    remedy = "the kernel does not let it limit memory: containers may use all there is"
    return Finding("Docker daemon", version, purpose, facts.limits_memory or None, remedy)


def buildkit() -> Finding:
    """The command that can do BuildKit."""
    command = builds.capable()
    remedy = "install docker.io of Debian, or Docker's plugin buildx; until then the old builder is used"
    return Finding("BuildKit", command or "none", "fast image builds", bool(command) or None, remedy)


def registry() -> Finding:
    """The program that keeps the sandbox's images."""
    version = shutil.which(BINARY)
    return Finding("image registry", version or "none", "images in the sandbox", bool(version) or None, "`make docker`")


BASE_DAYS = 30
"""How old apt's lists may be: Debian publishes mended packages every few days."""


def bases(now: datetime | None = None, lists: Path = Path("/var/lib/apt/lists")) -> Finding:
    """What base images can be made of, and how old that is."""
    purpose = "base images without a hub"
    try:
        version = f"Debian packages for {debian.architecture()}"
    except debian.PackagesError:
        return Finding("base images", "no apt-get", purpose, None, "name a base that can be pulled in the stacks")
    published = debian.lists_of(lists)
    if published is None:
        return Finding("base images", f"{version}, no lists", purpose, None, "`apt-get update`")
    days = ((now or datetime.now(UTC)) - published.replace(tzinfo=UTC)).days
    version = f"{version} of {published:%Y-%m-%d}, {days} days old"
    remedy = "`apt-get update`, then `slipway sandbox base-image`" if days > BASE_DAYS else ""
    return Finding("base images", version, purpose, True if not remedy else None, remedy)


def prometheus() -> Finding:
    """The tool that checks alert rules."""
    version = _version(["promtool", "--version"])
    return Finding("promtool", version or "none", "tests of the alert rules", bool(version) or None, "`make docker`")


def scanner() -> Finding:
    """What knows of vulnerabilities in images and packages."""
    finder = vulnerabilities.scanner_here()
    if finder is None:
        remedy = "install trivy, grype or pip-audit; without one no vulnerability is known here, of a base or a package"
        return Finding("scanner", "none", "known vulnerabilities", None, remedy)
    return Finding("scanner", finder.program, "known vulnerabilities of bases and packages")


def images(project: Project, today: date | None = None) -> list[Finding]:
    """What the scanner knows of the packages of each image that was built here, and of their bases; [] without one."""
    finder = vulnerabilities.scanner_here()
    bills = vulnerabilities.newest_bills(project.state_folder / "sbom")
    if finder is None or not bills:
        return []
    texts = {f"{app} ({stack})": path.read_text(encoding="utf-8") for (stack, app), path in bills.items()}
    bases = sorted({base for text in texts.values() for base in vulnerabilities.bases_in(text)}) if finder.image else []
    with ThreadPoolExecutor(2) as pool:
        packages_ = pool.map(lambda one: _scanned(one[0], lambda: scan_packages(finder, one[1]), today), texts.items())
        below = pool.map(lambda base: _scanned(base, lambda: scan_image(finder, base), today), bases)
        return [*packages_, *below]


def _scanned(thing: str, scan: Callable[[], Scan | None], today: date | None) -> Finding:
    """A row about an app's packages or a base: how old it is, and what is known of it."""
    purpose = "known vulnerabilities"
    try:
        result = scan() or Scan(vulnerabilities=())
    except ScanError as failed:
        return Finding(thing, "unknown", purpose, None, str(failed))
    days = ((today or datetime.now(UTC).date()) - result.made).days if result.made else None
    age = f"{days} days old, " if days is not None else ""
    unknown = f", {len(result.unknown)} packages that it does not know" if result.unknown else ""
    number = f"{len(result.vulnerabilities)} known" if result.vulnerabilities else "none known"
    remedy = vulnerabilities.listed(result.vulnerabilities)
    if not remedy and days is not None and days > BASE_DAYS:
        remedy = "name a newer one: bases are made anew every few weeks"
    return Finding(thing, f"{age}{number}{unknown}", purpose, None if remedy else True, remedy)


def postgres() -> Finding:
    """The server behind `database: postgres`."""
    place, purpose = programs.folder(), "`database: postgres` in the sandbox"
    found = f"{programs.version()} in {place}" if place else "none"
    return Finding("PostgreSQL", found, purpose, place is not None or None, programs.REMEDY)


def _version(words: list[str]) -> str:
    """The first version number a program says; "" where it is not there."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+\.\d+\.\d+", done.stdout + done.stderr)
    return match[0] if match else ""


def _word(finding: Finding) -> str:
    return {True: "fine", None: "optional", False: "required"}[finding.well]
