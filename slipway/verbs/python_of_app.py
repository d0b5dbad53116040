"""Which Python an app is made for: the one that it asks for, as far as its platform and this machine have it."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.bundle.interpreters import OWN, PYTHONS, at_hand
from slipway.errors import UserError
from slipway.recognise import Recognised

ON_ANY_PYTHON = frozenset({"app-engine", "beanstalk", "lambda", "pythonanywhere"})
"""Platforms whose apps the sandbox runs on any Python of this machine."""

RELEASES = (99, *range(30))
"""The last numbers of a Python's releases: the latest, whichever it is, before those that a project may pin."""


EVERY = tuple(f"3.{minor}" for minor in range(6, 20))
"""Pythons that an app may be for, whether anything runs them still or not yet."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A Python for an app."""

    python: str
    """As ``3.13``."""
    note: str = ""
    """What the app asks for and does not get."""
    refusal: str = ""
    """Why it is refused where it fails on this Python, which is none of those that it is for; "" where it is one."""


def available(platform: str, *, sandbox: bool) -> tuple[str, ...]:
    """The Pythons that an app can run on: this machine's for the sandbox, else all that platforms run."""
    if not sandbox:
        return PYTHONS
    return at_hand() if platform in ON_ANY_PYTHON else (OWN,)


def python_of(app: Recognised, present: Sequence[str], *, sandbox: bool, own: str = OWN) -> Choice:
    """The Python of ``present`` for an app. Raises :class:`UserError` where a cloud has none that the app is for.

    It is the one that the app names, else the nearest to that. Where it names none, it is the machine's ``own`` in the
    sandbox, and elsewhere the newest but one, which every platform has. Where the sandbox has none that it is for, the
    nearest is tried.
    """
    if not sandbox:
        return Choice(python=_best(app, [*reversed(present[:-1]), present[-1]], "platforms run"))
    versions = sorted(present, key=lambda version: (version != own, _minor(version)))
    try:
        python = _best(app, versions, "this machine has")
    except UserError as refusal:
        return _nearest(app, versions, str(refusal))
    asked_for = app.python_version
    if asked_for in ("", python) or asked_for not in PYTHONS:
        return Choice(python=python)
    return Choice(
        python=python,
        note=f"it asks for Python {asked_for}, which this machine does not have: the sandbox runs it on {python}, and "
        f"a cloud on {asked_for}",
    )


def _nearest(app: Recognised, versions: Sequence[str], refusal: str) -> Choice:
    """The Python of this machine that is nearest to what the app is for: many run on it, and the trial shows that."""
    fitting = [_minor(version) for version in EVERY if is_for(app, version)]
    if not fitting:
        raise UserError(refusal)
    python = min(versions, key=lambda version: min(abs(_minor(version) - minor) for minor in fitting))
    note = f"it is for Python {app.python}, which this machine does not have: the sandbox tries it on {python}"
    return Choice(python=python, note=note, refusal=refusal)


def _best(app: Recognised, versions: Sequence[str], whose: str) -> str:
    """The one that the app names where it is among ``versions``, else the first that it is for, near what it names."""
    if app.python_version in versions:
        return app.python_version
    fitting = [version for version in versions if is_for(app, version)]
    if not fitting:
        raise UserError(
            f"{app.root.name} is for Python {app.python}, and {whose} {', '.join(sorted(versions, key=_minor))} alone: "
            f"install one with `uv python install {_lowest(app)}`"
        )
    if app.python_version in PYTHONS and app.python_version not in versions:
        return min(fitting, key=lambda version: abs(_minor(version) - _minor(app.python_version)))
    return fitting[0]


def is_for(app: Recognised, version: str) -> bool:
    """Whether the app's ``requires-python`` takes a Python; one that cannot be read takes all."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        # Any release of it: what is asked of one is what its first ones lacked, and one that is pinned is of it too.
        return not app.python or any(SpecifierSet(app.python).contains(f"{version}.{last}") for last in RELEASES)
    except InvalidSpecifier:
        return True


def _lowest(app: Recognised) -> str:
    return next((version for version in PYTHONS if is_for(app, version)), PYTHONS[-1])


def _minor(version: str) -> int:
    return int(version.partition(".")[2])
