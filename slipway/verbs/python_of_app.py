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


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A Python for an app."""

    python: str
    """As ``3.13``."""
    note: str = ""
    """What the app asks for and does not get."""


def available(platform: str, *, sandbox: bool) -> tuple[str, ...]:
    """The Pythons that an app can run on: this machine's for the sandbox, else all that platforms run."""
    if not sandbox:
        return PYTHONS
    return at_hand() if platform in ON_ANY_PYTHON else (OWN,)


def python_of(app: Recognised, present: Sequence[str], *, sandbox: bool, own: str = OWN) -> Choice:
    """The Python of ``present`` for an app. Raises :class:`UserError` where none fits what the app declares.

    It is the one that the app names, else the nearest to that. Where it names none, it is the machine's ``own`` in the
    sandbox, and elsewhere the newest but one, which every platform has.
    """
    if not sandbox:
        return Choice(python=_best(app, [*reversed(present[:-1]), present[-1]], "platforms run"))
    python = _best(app, sorted(present, key=lambda version: (version != own, _minor(version))), "this machine has")
    asked_for = app.python_version
    if asked_for in ("", python) or asked_for not in PYTHONS:
        return Choice(python=python)
    return Choice(
        python=python,
        note=f"it asks for Python {asked_for}, which this machine does not have: the sandbox runs it on {python}, and "
        f"a cloud on {asked_for}",
    )


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
