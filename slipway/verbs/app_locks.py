"""The lock of an app that is added: made where there is none, and anew where an old one cannot be installed."""

import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from slipway.bundle.errors import BundleError
from slipway.bundle.interpreters import OWN, at_hand
from slipway.bundle.locks import PYLOCK, WANTED, lock, lock_of, normal, taken_instead
from slipway.bundle.plan import App
from slipway.bundle.requirement_lines import lines_of, pinned_name, pinned_version
from slipway.bundle.texts import text_of
from slipway.bundle.tree import look_through
from slipway.errors import UserError
from slipway.recognise import Recognised
from slipway.recognise.packages import PACKAGES
from slipway.verbs.artifacts import wheels_for
from slipway.verbs.newer_versions import Lost
from slipway.verbs.python_of_app import ON_ANY_PYTHON, is_for

PINNED = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*={2,3}\s*[\w.!+-]+\s*(?:;|$)")
"""A requirement of one version."""
RANGED = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*>=\s*[\w.!+-]+\s*,\s*<\s*[\w.]+\s*(?:;|$)")
"""A requirement of the releases from one on to a later one, as Poetry's ``^1.2`` is."""
UNBUILDABLE = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(?:==\S+ exists as source only and does not build| \S+ of .+ has no wheel for|"
    r", of .+, exists as source only and compiles)"
)
"""A refusal of a package whose release cannot be made here."""
UNDECLARED = re.compile(
    r"No module named '([\w.]+)'|jinja2 must be installed|python-multipart|email-validator is not installed|"
    r"'greenlet' library is installed"
)
"""What an app's error says that lacks a package."""
NEEDED: Mapping[str, str] = {
    "jinja2 must be installed": "jinja2",
    "python-multipart": "python-multipart",
    "email-validator is not installed": "email-validator",
    "'greenlet' library is installed": "greenlet",
    "No module named 'greenlet'": "greenlet",
    "No module named 'pkg_resources'": "setuptools<81",
    "No module named 'distutils'": "setuptools<81",
}
"""Words of that error -> the requirement; what a module's package is called is in the table of imports."""
MOST_TRIES = 6
"""Locks that are tried to get around releases that do not build."""
LATER_PYTHON = re.compile(r" needs Python |does not satisfy Python>")
"""What the refusal of a package says that the Python is too old for: in Slipway's words, and in uv's own."""


DISAGREES = re.compile(r", and the app asks for (?P<name>[A-Za-z0-9._-]+?)[<>=!~]")
"""The refusal of a list whose own versions contradict each other: what another package of it needs decides."""
RESOLVABLE = re.compile(r" does not resolve for (?!.*(?: there is no package |cannot be reached))", re.DOTALL)
"""The refusal of a list that may resolve with other releases of what it pins."""


WITH_WHEELS: Mapping[str, str] = {"psycopg2": "psycopg2-binary"}
"""A package that exists as source only -> the same one as its authors build it:
https://www.psycopg.org/docs/install.html#psycopg-vs-psycopg-binary."""


PART_OF_PYTHON = frozenset(
    {
        "argparse", "asyncio", "dataclasses", "enum34", "futures", "pathlib", "pkg-resources", "subprocess32", "typing",
        "unittest2", "wsgiref",
    }
)  # fmt: skip
"""Packages of earlier years that Python has itself now: they do not build any more, or hide what Python has.

``pkg-resources`` is none: a `pip freeze` on Ubuntu lists it, and no index has it."""


class UninstallableError(UserError):
    """The packages of an app cannot be installed for a platform."""


def lock_app_folder(app: Recognised, platform: str, python: str, *, sandbox: bool) -> str:
    """Lock what nothing locks, beside the app.

    Returns the Python that it is locked for, which is a later one of this machine's where a package needs that and
    the app names none; "" where nothing was to be locked. Raises :class:`UserError`.
    """
    if app.undeclared:
        _declare(app)
    elif app.lock or not app.wanted:
        return ""
    mistake = None
    instead = {**_for_platform(app, platform), **_as_built(app)}
    without = _part_of_python(app)
    for version in (python, *(_later(app, platform, python) if sandbox else ())):
        try:
            path = lock(app.root, platform=wheels_for(platform, version), instead={**instead, **without})
        except BundleError as refusal:
            if loosen(app, platform, version, str(refusal)):
                return version
            mistake = mistake or refusal
            if not LATER_PYTHON.search(str(refusal)):
                break
            continue
        whose = "Dataflow needs it" if platform == "dataflow" else "its authors build it"
        extra = f" with {', '.join(instead.values())}, as {whose}" if instead else ""
        extra += f" without {', '.join(without)}, which nothing installs today" if without else ""
        print(f"wrote {path}{extra}: every package that {app.root.name} needs, pinned with hashes")
        if version != python:
            print(f"it is made for Python {version}, because {_needing(str(mistake))}")
        return version
    if RESOLVABLE.search(str(mistake)) and any(relax(app, platform, python, way) for way in range(len(WAYS))):
        return python
    raise UninstallableError(str(mistake)) from None


def _part_of_python(app: Recognised) -> dict[str, str]:
    """Requirements of what has become a part of Python, for none of the Pythons that there are."""
    if (app.wanted.origin or WANTED) == WANTED:
        return {}  # A lock of this list is no more than what the list says.
    names = {normal(_name_in(line)) for line in app.wanted.lines}
    return {name: f"{name}; python_version < '3'" for name in sorted(names & PART_OF_PYTHON)}


def _as_built(app: Recognised) -> dict[str, str]:
    """Requirements of packages that exist as source only, which their authors build under another name."""
    if (app.wanted.origin or WANTED) == WANTED:
        return {}  # A lock of this list is no more than what the list says.
    lines = {normal(_name_in(line)): line for line in app.wanted.lines}
    return {name: _built(name, lines[name]) for name in WITH_WHEELS if name in lines}


def _built(name: str, line: str) -> str:
    """The requirement of the built package; a pin gives way to later releases, of which there are wheels."""
    text = line.strip()[len(name) :]
    pin = re.match(r"\s*={2,3}\s*((\d+)[\w.!+-]*)(.*)", text)
    return f"{WITH_WHEELS[name]}>={pin[1]},<{int(pin[2]) + 1}{pin[3]}" if pin else f"{WITH_WHEELS[name]}{text}"


def _for_platform(app: Recognised, platform: str) -> dict[str, str]:
    """Requirements that are locked in the place of the app's own: Beam submits to Dataflow by its extra ``gcp``.

    https://beam.apache.org/get-started/quickstart-py/#extra-requirements
    """
    beam = next((line for line in app.wanted.lines if BEAM.match(line)), "")
    if platform != "dataflow" or not beam:
        return {}
    requirement = Requirement(beam.partition(" --")[0].partition("#")[0].strip())
    if "gcp" in requirement.extras:
        return {}
    requirement.extras = {*requirement.extras, "gcp"}
    return {"apache-beam": str(requirement)}


BEAM = re.compile(r"apache[-_.]beam\b", re.IGNORECASE)


def loosen(app: Recognised, platform: str, python: str, refusal: str) -> bool:
    """Lock later releases of packages that the app pins, where the pinned ones cannot be installed; whether it could.

    The app's own list stays as it is: the lock says which requirements it took instead.
    """
    if app.wanted.hashed:
        return False
    # What an earlier try took, which did not install either.
    instead = taken_instead(app.root / PYLOCK) | _part_of_python(app)
    for _ in range(MOST_TRIES):
        requirement = _later_release(app, refusal, instead)
        if requirement is None:
            return False
        instead |= requirement
        try:
            path = lock(app.root, platform=wheels_for(platform, python), instead=instead)
        except BundleError as mistake:
            refusal = str(mistake)
            continue
        changed = [requirement for name, requirement in instead.items() if name not in PART_OF_PYTHON]
        print(f"wrote {path} with {', '.join(changed)}: what the app pins does not install on Python {python}")
        return True
    return False


def relax(app: Recognised, platform: str, python: str, way: int) -> bool:
    """Lock later releases of everything that the app pins to one version, by a way of :data:`WAYS`; whether it could.

    What an old list pins was made for Pythons that no platform runs any more. The list stays as it is.
    """
    pins = {normal(match[1]): line for line in app.wanted.lines if (match := PINNED.match(line) or RANGED.match(line))}
    if not pins or app.wanted.hashed:
        return False
    later = WAYS[way]
    instead = {name: later.requirement(name, line) for name, line in pins.items()} | _part_of_python(app)
    day = AFTER_PYTHON.get(python, "") if later.first_ones else ""
    if later.first_ones and not day:
        return False
    try:
        path = lock(app.root, platform=wheels_for(platform, python), instead=instead, upgrade=True, before=day)
    except BundleError:
        return False
    print(f"wrote {path} with {later.title}: what the app pins does not run on Python {python}")
    return True


@dataclass(frozen=True, kw_only=True)
class Later:
    """How far from its pins an app is taken."""

    title: str
    same_major: bool = False
    first_ones: bool = False
    """Whether only releases count that are not newer than the first ones for its Python."""

    def requirement(self, name: str, line: str) -> str:
        """The requirement that counts instead of a pin."""
        operator = "==" if PINNED.match(line) else ">="
        version = re.sub(r"[^\w.!+-].*", "", line.partition(operator)[2].strip("= "))
        major = int(digits[0]) if (digits := re.match(r"\d+", version)) else 0
        extra = extras[0] if (extras := re.search(r"\[[^\]]*\]", line.partition(";")[0])) else ""
        marker = f" ;{line.partition(';')[2]}" if ";" in line else ""
        return f"{name}{extra}>={version}{f',<{major + 1}' if self.same_major else ''}{marker}"


WAYS = (
    Later(title="later releases of the same major versions", same_major=True),
    Later(title="the first releases for its Python", first_ones=True),
    Later(title="today's releases"),
)
"""Ways to later releases, the nearest first."""
AFTER_PYTHON: Mapping[str, str] = {
    "3.11": "2023-04-01", "3.12": "2024-04-01", "3.13": "2025-04-01", "3.14": "2026-04-01",
}  # fmt: skip
"""Python -> half a year after it came out, when most packages had wheels for it."""


def add_missing(app: Recognised, platform: str, python: str, error: str) -> bool:
    """Lock a package that the app needs, as its error shows, and declares nowhere; whether there is one."""
    match = UNDECLARED.search(error)
    name = NEEDED.get(match[0]) or PACKAGES.get((match[1] or "").partition(".")[0]) if match else None
    if (
        not name
        or app.wanted.hashed
        or any(normal(_name_in(line)) == normal(_name_in(name)) for line in app.wanted.lines)
    ):
        return False
    path = _locked_with(app, platform, python, name)
    if path is not None:
        print(f"wrote {path} with {name}, which the app needs and declares nowhere ({match[0] if match else ''})")
    return path is not None


def bound(app: Recognised, platform: str, python: str, lost: Lost) -> bool:
    """Lock an earlier line of releases of a package that has lost a name which the app imports; whether it could."""
    if app.wanted.hashed:
        return False
    line = next((line for line in app.wanted.lines if normal(_name_in(line)) == lost.package), lost.package)
    for limit in lost.limits:
        head, semicolon, marker = line.partition(";")
        comma = "," if re.search(r"[<>=!~]", head) else ""
        path = _locked_with(app, platform, python, f"{head.strip()}{comma}<{limit}{semicolon}{marker}")
        if path is not None:
            print(
                f"wrote {path} with {lost.package}<{limit}: {lost.package} {lost.version} has no {lost.what} any more"
            )
            return True
    return False


def _locked_with(app: Recognised, platform: str, python: str, requirement: str) -> Path | None:
    """The lock with one more requirement, or another one of a package; None where that does not resolve."""
    name, wheels = normal(_name_in(requirement)), wheels_for(platform, python)
    listed = app.root / WANTED
    if (app.wanted.origin or WANTED) != WANTED or not listed.is_file():
        if taken_instead(app.root / PYLOCK).get(name) == requirement:
            return None  # It is there already, and was of no help.
        try:
            return lock(app.root, platform=wheels, instead={name: requirement})
        except BundleError:
            return None
    # A lock of this list is no more than what the list says.
    before = text_of(listed.read_bytes())
    others = [line for line in before.splitlines() if normal(_name_in(line)) != name]
    listed.write_text("".join(f"{line}\n" for line in [*others, requirement]), encoding="utf-8")
    try:
        return lock(app.root, platform=wheels)
    except BundleError:
        listed.write_text(before, encoding="utf-8")
        return None


def _later_release(app: Recognised, refusal: str, instead: Mapping[str, str]) -> dict[str, str] | None:
    """The package that a refusal names and what to ask for: a release of the same major version, then any later one.

    Of a package whose pin contradicts what another one needs, any release.
    """
    disagreeing = normal(match["name"]) if (match := DISAGREES.search(refusal)) else ""
    if disagreeing and disagreeing not in instead:
        line = next((line for line in app.wanted.lines if normal(_name_in(line)) == disagreeing), "")
        return {disagreeing: _without_versions(line)} if line else None
    match = UNBUILDABLE.search(refusal)
    if match is None:
        return None
    name = normal(match["name"])
    listed = next((one for one, built in WITH_WHEELS.items() if name == built and one in instead), name)
    line = next((line for line in app.wanted.lines if normal(_name_in(line)) == listed), "")
    package = WITH_WHEELS.get(listed, listed)
    if package != listed not in instead and line:
        return {listed: _built(listed, line)}
    if PINNED.match(line) is None:
        return None
    version = re.sub(r"[^\w.!+-].*", "", line.partition("==")[2].strip("= "))
    major = int(digits[0]) if (digits := re.match(r"\d+", version)) else 0
    extra = extras[0] if (extras := re.search(r"\[[^\]]*\]", line.partition(";")[0])) else ""
    marker = f" ;{line.partition(';')[2]}" if ";" in line else ""
    if listed not in instead:
        return {listed: f"{package}{extra}>{version},<{major + 1}{marker}"}
    return {listed: f"{package}{extra}>{version}{marker}"} if ",<" in instead[listed] else None


def _without_versions(line: str) -> str:
    requirement = Requirement(line.partition(" --")[0].partition(" #")[0].strip())
    requirement.specifier = SpecifierSet()
    return str(requirement)


def _name_in(line: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0]


def is_of_slipway(app: Recognised) -> bool:
    """Whether the app's lock is one that was made here before, and so may be made anew."""
    path = app.root / PYLOCK
    return app.lock == PYLOCK and path.is_file() and "\n[tool.slipway]" in path.read_text(encoding="utf-8")


def _declare(app: Recognised) -> None:
    """List what the code imports and nothing declares: in a list of its own, or in the app's that lacks it."""
    origin = app.wanted.origin or WANTED
    path = app.root / origin
    before = text_of(path.read_bytes()) if path.is_file() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    path.write_text(before + "".join(f"{name}\n" for name in app.undeclared), encoding="utf-8")
    print(f"wrote {path}, of what the code imports: {', '.join(app.undeclared)}")


def _later(app: Recognised, platform: str, python: str) -> Iterator[str]:
    if platform in ON_ANY_PYTHON and not app.python_version:
        yield from (version for version in at_hand() if is_for(app, version) and version not in (python, OWN))


def _needing(refusal: str) -> str:
    """The part of a refusal that says which package needs another Python."""
    sentence, found, _ = refusal.partition(", and this is for ")
    return sentence.rpartition(": ")[2] if found else "a package that it needs takes no earlier one"


def lock_anew(app: Recognised, platform: str, python: str, why: str) -> bool:
    """Lock anew what the app declares, where its own lock cannot be installed; whether that is possible.

    Later releases of the same major versions as in its own lock come before today's, which a list without versions
    would bring.
    """
    if not app.wanted or (app.wanted.hashed and app.wanted.origin == app.lock):
        return False
    near = _near(app, platform, python)
    for instead, title in ((near, ", with later releases of the same major versions"), ({}, "")):
        if not instead and title:
            continue
        try:
            path = lock(app.root, platform=wheels_for(platform, python), upgrade=True, instead=instead)
        except BundleError:
            continue
        print(f"{app.lock} does not install on Python {python} ({_reason(why)})")
        print(f"wrote {path}, locked anew from {app.wanted.origin}{title}: it counts instead of {app.lock}")
        return True
    return False


def _near(app: Recognised, platform: str, python: str) -> dict[str, str]:
    """What the app's own lock pins, as releases of the same major versions; none where it cannot be read."""
    try:
        text = lock_of(App(tree=look_through(app.root), contents={}), wheels_for(platform, python)).text.decode()
    except BundleError:
        return {}
    pins = {
        normal(name): version
        for line in lines_of(text)
        if (name := pinned_name(line)) and (version := pinned_version(line))
    }
    return {name: WAYS[0].requirement(name, f"{name}=={version}") for name, version in pins.items()}


def _reason(why: str) -> str:
    """The reason in a refusal, without what was to be done and how to go on."""
    text = why.partition("\n")[0]
    for phrase in (" do not install on Python ", " cannot be had as wheels for "):
        if phrase in text:
            text = text.partition(phrase)[2].partition(": ")[2]
    return text.partition(": ask for ")[0].partition(" (")[0]


def older_days(app: Recognised) -> dict[str, str]:
    """Days of which older versions may suit the app, the later first: ``YYYY-MM-DD`` -> what was on that day."""
    days = {
        _last_change(app.root): "its last change",
        _newest_pin(app): "a month after the newest version that it pins",
    }
    return {day: days[day] for day in sorted(days, reverse=True) if day}


def lock_as_of(folder: Path, platform: str, python: str, *, day: str, why: str) -> bool:
    """Lock the versions of a day; whether there are such that resolve."""
    try:
        lock(folder, platform=wheels_for(platform, python), upgrade=True, before=day)
    except BundleError:
        return False
    print(f"with today's versions it fails: locked again as of {why}, {day}")
    return True


def _newest_pin(app: Recognised) -> str:
    """A month after the newest of the versions that the app itself pins came out, as its lock says; "" without one."""
    path = app.root / PYLOCK
    if not path.is_file():
        return ""
    pinned = {normal(match[1]) for line in app.wanted.lines if (match := PINNED.match(line))}
    times = [
        file["upload-time"]
        for package in tomllib.loads(path.read_text(encoding="utf-8")).get("packages", ())
        if normal(package["name"]) in pinned
        for file in [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())][:1]
        if "upload-time" in file
    ]
    return f"{max(times) + timedelta(days=30):%Y-%m-%d}" if times else ""


def _last_change(folder: Path) -> str:
    """The day of the last commit that touched the folder, ``YYYY-MM-DD``; "" where git knows of none."""
    words = ["git", "-C", str(folder), "log", "-1", "--format=%cs", "--", "."]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
