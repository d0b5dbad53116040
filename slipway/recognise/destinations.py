"""Where an app can go: a table of platforms, each with yes, yes with what is added, or no with why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from slipway.bundle.entries import NEEDS, Interface
from slipway.bundle.locks import normal
from slipway.bundle.locks.wanted import names_of
from slipway.catalog.offers import PYTHONS
from slipway.recognise.findings import Recognised

TITLES: Mapping[str, str] = {
    "app-engine": "App Engine",
    "lambda": "AWS Lambda",
    "pythonanywhere": "PythonAnywhere",
    "beanstalk": "Elastic Beanstalk",
    "cloud-run": "Cloud Run",
    "container": "a Docker daemon",
    "dataflow": "Dataflow",
}
"""Platform -> what it is called in words; in the order in which one is proposed."""

IMAGES = ("cloud-run", "container")


class Verdict(StrEnum):
    """Whether an app can go somewhere."""

    yes = "yes"
    added = "yes, with"
    no = "no"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One row of the table."""

    platform: str
    verdict: Verdict
    why: str = ""
    """What is added, or why not."""

    @property
    def possible(self) -> bool:
        """Whether the app can go there."""
        return self.verdict is not Verdict.no


def destinations(app: Recognised) -> tuple[Destination, ...]:
    """Every platform, in the order in which one is proposed."""
    return tuple(_destination(app, platform) for platform in TITLES)


def _destination(app: Recognised, platform: str) -> Destination:
    if platform == "dataflow":
        if app.framework == "beam":
            return Destination(platform=platform, verdict=Verdict.yes)
        return Destination(platform=platform, verdict=Verdict.no, why="runs Apache Beam's pipelines alone")
    if app.framework == "beam":
        return Destination(platform=platform, verdict=Verdict.no, why="a pipeline answers no requests")
    if platform in IMAGES and app.dockerfile:
        return Destination(platform=platform, verdict=Verdict.yes)
    if app.interface is None:
        return Destination(platform=platform, verdict=Verdict.no, why=_nothing_served(app))
    if app.unreadable:
        return Destination(platform=platform, verdict=Verdict.no, why="what it depends on cannot be read")
    needs = NEEDS[platform]
    if app.interface not in needs:
        return Destination(platform=platform, verdict=Verdict.no, why=_not_served(app, platform))
    added = _added(app, needs[app.interface].add)
    if platform in IMAGES:
        added = (*added, "a Dockerfile that is made")
    if added:
        return Destination(platform=platform, verdict=Verdict.added, why=", ".join(added))
    return Destination(platform=platform, verdict=Verdict.yes)


def _nothing_served(app: Recognised) -> str:
    if app.framework == "worker":
        return "it answers no requests: a worker without a port"
    if app.ended_runtime:
        return (
            f"it is for {app.ended_runtime}, a runtime of App Engine's first generation, which has ended, and nothing "
            f"in it starts on Python {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}"
        )
    return "no app or function was found in it"


def _not_served(app: Recognised, platform: str) -> str:
    if app.interface in (Interface.function, Interface.chalice):
        return "takes a web app, and this is a function of Lambda's"
    if app.interface is Interface.command:
        return f"takes an app to call, and {app.framework} brings a server of its own"
    return f"does not serve {app.interface}"


def _added(app: Recognised, packages: tuple[str, ...]) -> tuple[str, ...]:
    declared = {normal(name) for name in names_of(app.wanted.lines, lambda _: True)}
    return tuple(package for package in packages if package not in declared)
