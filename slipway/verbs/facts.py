"""Compares what this project takes for true of the clouds with what they say: regions, runtimes, platforms, quotas.

Only reads, with the credentials of this machine. What a cloud has no call for is named.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.catalog.estimates import RUN_TIER_1, RUN_TIER_2
from slipway.catalog.offers import (
    APP_ENGINE_NAMES,
    APP_ENGINE_REGIONS,
    BEANSTALK_STACKS,
    LAMBDA_CONCURRENCY,
    LAMBDA_UNZIPPED,
    PYTHONS,
)
from slipway.catalog.regions import aws_regions, partition_of
from slipway.stack.project import Project
from slipway.stack.settings_file import config_of
from slipway.verbs import tables
from slipway.verbs.tables import table_of

SHOWN = 6
"""Names of a list that are shown."""
PLATFORM = re.compile(r"64bit Amazon Linux 2023 v(\d+)\.(\d+)\.(\d+) running Python (\d+\.\d+)")
RUNTIME = re.compile(r"python3(\d+)")
CLOUD_RUN = "https://run.googleapis.com/v1/projects"
APP_ENGINE = "https://appengine.googleapis.com/v1/apps"
SECONDS = 30
"""How long an answer may take."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One fact, as the project has it and as the cloud says it."""

    fact: str
    here: str
    cloud: str
    difference: str = ""
    """In words; empty where both are the same."""


AmazonClient = Callable[[str], Any]
"""A service's name → boto3's client of it."""
GoogleGet = Callable[[str], Mapping[str, Any]]
"""An address → the answer's JSON."""


def facts(stack: str) -> int:
    """Show the table for the clouds that a stack uses. Raises :class:`UserError` for a stack without a file."""
    config = config_of(Project.find(), stack)
    comparisons: list[Comparison] = []
    silent: list[str] = []
    for cloud in (_of_amazon, _of_google):
        rows, why = cloud(config)
        comparisons += rows
        silent += [why] if why else []
    show(stack, comparisons)
    for line in silent:
        print(line)
    return 0


def show(stack: str, comparisons: Sequence[Comparison]) -> None:
    """Print the table of a stack's facts and how many differ; nothing where there are none."""
    rows = [(one.fact, one.here, one.cloud, one.difference or "same") for one in comparisons]
    if rows:
        tables.show(table_of(f"Facts for {stack}", ("fact", "here", "the cloud", "difference"), rows))
        differing = sum(1 for one in comparisons if one.difference)
        print(f"{differing} of {len(comparisons)} facts differ")


def _of_amazon(config: Mapping[str, Any]) -> tuple[list[Comparison], str]:
    """AWS's facts, or why it was not asked."""
    region = config.get("aws:region")
    if not isinstance(region, str):
        return [], "AWS: not compared, the stack names no aws:region"
    # The SDK takes a quarter of a second to import.
    import boto3

    session = boto3.Session(region_name=region)
    if session.get_credentials() is None:
        return [], "AWS: not compared, there are no credentials on this machine: `aws sso login`, or set AWS_PROFILE"
    settings = config.get("slipway:aws")
    wanted = settings.get("account_concurrency") if isinstance(settings, Mapping) else None
    return amazon(session.client, region, wanted if isinstance(wanted, int) else LAMBDA_CONCURRENCY), ""


def _of_google(config: Mapping[str, Any]) -> tuple[list[Comparison], str]:
    """Google Cloud's facts, or why it was not asked."""
    if "slipway:gcp" not in config:
        return [], "Google Cloud: not compared, the stack has no slipway:gcp"
    # The SDK takes a quarter of a second to import.
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import AuthorizedSession

    try:
        credentials, of_credentials = google.auth.default(
            scopes=["https://www.googleapis.com/auth/cloud-platform.read-only"]
        )
    except GoogleAuthError:
        login = "`gcloud auth application-default login`"
        return [], f"Google Cloud: not compared, there are no credentials on this machine: {login}"
    settings = config["slipway:gcp"]
    own = settings.get("project", {}).get("id") if isinstance(settings, Mapping) else None
    project = own or of_credentials
    if not project:
        return [], "Google Cloud: not compared, no project is known: set GOOGLE_CLOUD_PROJECT to one with App Engine"
    session = AuthorizedSession(credentials)

    def get(url: str) -> Mapping[str, Any]:
        answer = session.get(url, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    return google_cloud(get, project), ""


def amazon(client: AmazonClient, region: str, concurrency: int) -> list[Comparison]:
    """What AWS says of its regions, Beanstalk's platforms, Lambda's runtimes and its quotas."""
    # As above: the SDK takes its time to import.
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    partition = partition_of(region)
    known = {name for name, of in aws_regions().items() if of == partition}

    def regions() -> list[Comparison]:
        described = client("ec2").describe_regions(AllRegions=True)["Regions"]
        return [of_names("AWS: regions", known, {one["RegionName"] for one in described})]

    def platforms() -> list[Comparison]:
        return _platforms(client("elasticbeanstalk").list_available_solution_stacks()["SolutionStacks"])

    def runtimes() -> list[Comparison]:
        names = client("lambda").meta.service_model.shape_for("Runtime").enum
        pythons: set[str] = {name.removeprefix("python") for name in names if name.startswith("python3")}
        # AWS has no call that lists them: botocore's description of Lambda is the nearest to it.
        return [of_names("Lambda: Pythons, by botocore", PYTHONS, pythons, older_are_fine=True)]

    def quotas() -> list[Comparison]:
        limits = client("lambda").get_account_settings()["AccountLimit"]
        return [
            of_number("Lambda: executions at once", concurrency, limits["ConcurrentExecutions"]),
            of_number("Lambda: bytes of an unzipped artifact", LAMBDA_UNZIPPED, limits["CodeSizeUnzipped"]),
        ]

    looks = {
        "AWS: regions": regions,
        "Beanstalk: platforms": platforms,
        "Lambda: Pythons": runtimes,
        "Lambda: quotas": quotas,
    }
    return _each(looks, (BotoCoreError, ClientError, ResponseParserError))


def google_cloud(get: GoogleGet, project: str) -> list[Comparison]:
    """What Google says of the regions and runtimes of its platforms. No setting here depends on one of its quotas."""
    # As above: the SDK takes its time to import.
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException

    def regions() -> list[Comparison]:
        locations = get(f"{APP_ENGINE}/{project}/locations?pageSize=100").get("locations", [])
        ids: list[str] = [one["locationId"] for one in locations]
        names = {APP_ENGINE_NAMES.get(name, name) for name in ids}
        return [of_names("App Engine: regions", APP_ENGINE_REGIONS, names)]

    def runtimes() -> list[Comparison]:
        listed = get(f"{APP_ENGINE}/{project}:listRuntimes?environment=STANDARD").get("runtimes", [])
        matches = [RUNTIME.fullmatch(one["name"]) for one in listed if one.get("stage", "GA") == "GA"]
        pythons = {f"3.{match[1]}" for match in matches if match}
        return [of_names("App Engine: Pythons", PYTHONS, pythons, older_are_fine=True)]

    def of_cloud_run() -> list[Comparison]:
        locations = get(f"{CLOUD_RUN}/{project}/locations?pageSize=200").get("locations", [])
        known = {*RUN_TIER_1, *RUN_TIER_2}
        return [of_names("Cloud Run: regions with a price", known, {one["locationId"] for one in locations})]

    looks = {"App Engine: regions": regions, "App Engine: Pythons": runtimes, "Cloud Run: regions": of_cloud_run}
    return _each(looks, (GoogleAuthError, RequestException))


def _each(looks: Mapping[str, Callable[[], list[Comparison]]], errors: tuple[type[Exception], ...]) -> list[Comparison]:
    """The rows of all looks; one that fails is a row that says why, for the others may be allowed."""
    rows: list[Comparison] = []
    for fact, look in looks.items():
        try:
            rows += look()
        except errors as error:
            why = str(error).partition("\n")[0]
            rows.append(Comparison(fact=fact, here="", cloud="", difference=f"could not be asked: {why}"))
    return rows


def of_names(fact: str, here: Collection[str], cloud: Collection[str], *, older_are_fine: bool = False) -> Comparison:
    """Two lists of names; ``older_are_fine`` where versions of the cloud before the first one here are left out."""
    first = min(map(_version, here)) if older_are_fine else ()
    more = {name for name in cloud if name not in here and (not older_are_fine or _version(name) > first)}
    gone = {name for name in here if name not in cloud}
    said = [f"the cloud lacks {_some(gone)}"] if gone else []
    said += [f"the cloud has {_some(more)} too"] if more else []
    return Comparison(fact=fact, here=str(len(here)), cloud=str(len(cloud)), difference="; ".join(said))


def of_number(fact: str, here: int, cloud: int) -> Comparison:
    """Two numbers."""
    word = "less" if cloud < here else "more"
    difference = "" if cloud == here else f"{abs(cloud - here)} {word} than here"
    return Comparison(fact=fact, here=str(here), cloud=str(cloud), difference=difference)


def _platforms(offered: Iterable[str]) -> list[Comparison]:
    """For each Python, the newest platform of Beanstalk beside the sandbox's."""
    newest: dict[str, tuple[tuple[int, ...], str]] = {}
    for name in offered:
        if match := PLATFORM.fullmatch(name):
            version = tuple(map(int, match.groups()[:3]))
            newest[match[4]] = max(newest.get(match[4], ((), "")), (version, name))
    rows: list[Comparison] = []
    for python, here in BEANSTALK_STACKS.items():
        cloud = newest.get(python, ((), "none"))[1]
        difference = "" if cloud == here else "the cloud has none" if cloud == "none" else "the cloud has another"
        rows.append(
            Comparison(
                fact=f"Beanstalk: Python {python}", here=_short(here), cloud=_short(cloud), difference=difference
            )
        )
    return rows


def _short(platform: str) -> str:
    match = PLATFORM.fullmatch(platform)
    return f"v{match[1]}.{match[2]}.{match[3]}" if match else platform


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())


def _some(names: Collection[str]) -> str:
    ordered = sorted(names, key=lambda name: (_version(name), name))
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
