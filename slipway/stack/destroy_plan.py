"""What a ``destroy`` will do, read from the state alone: what goes, what blocks, what lingers and what that costs."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Entry: TypeAlias = Mapping[str, Any]
"""A resource as a state has it: type, id, inputs, outputs, protect, …"""

STATEFUL: Mapping[str, str] = {
    "gcp:organizations/project:Project": "project",
    "gcp:storage/bucket:Bucket": "bucket",
    "gcp:artifactregistry/repository:Repository": "registry",
    "gcp:appengine/application:Application": "App Engine application",
    "gcp:kms/cryptoKey:CryptoKey": "key",
    "gcp:sql/databaseInstance:DatabaseInstance": "database",
    "docker:index/volume:Volume": "volume",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ecr/repository:Repository": "registry",
    "aws:cloudwatch/logGroup:LogGroup": "log",
    "aws:kms/key:Key": "key",
    "aws:dynamodb/table:Table": "table",
    "aws:rds/instance:Instance": "database",
}
"""What holds something that no `up` brings back."""

EMPTY_FIRST: Mapping[str, str] = {
    "gcp:storage/bucket:Bucket": "forceDestroy",
    "aws:s3/bucket:Bucket": "forceDestroy",
    "aws:ecr/repository:Repository": "forceDelete",
}
"""What its cloud does not delete while something is in it, and the property that lets it."""

FREE, UNKNOWN = "nothing", "unknown"


@dataclass(frozen=True)
class Named:
    """A resource in words: what it is, and what its cloud calls it."""

    what: str
    id: str


@dataclass(frozen=True)
class Blocking:
    """What stands in the way."""

    what: Named
    why: str
    certain: bool
    """Whether it stops the destroy, or only may."""
    protected: bool = False
    """Whether it is the state that protects it, which can be lifted."""


@dataclass(frozen=True)
class Lingering:
    """What is left when the destroy has succeeded."""

    what: Named
    until: str
    cost: str
    """Until then: ``nothing``, ``unknown``, or an amount."""


@dataclass(frozen=True)
class Farewell:
    """All of it; empty for a stack with nothing in it."""

    going: tuple[tuple[str, int], ...]
    """Type and number of what will be deleted, the most first."""
    stateful: tuple[Named, ...]
    blocking: tuple[Blocking, ...]
    lingering: tuple[Lingering, ...]

    @property
    def count(self) -> int:
        """How many resources are deleted."""
        return sum(number for _, number in self.going)

    @property
    def protected(self) -> bool:
        """Whether the state protects something."""
        return any(found.protected for found in self.blocking)


def farewell(resources: Sequence[Entry]) -> Farewell:
    """What destroying them means. Pure: nothing is asked of any cloud."""
    real = [entry for entry in resources if _real(entry)]
    going = [entry for entry in real if not entry.get("retainOnDelete")]
    counted = Counter(str(entry["type"]) for entry in going)
    return Farewell(
        going=tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))),
        stateful=tuple(_named(entry) for entry in going if entry["type"] in STATEFUL),
        blocking=tuple(found for entry in real for found in _blocks(entry)),
        lingering=(*_lingering(real), *_apis(real)),
    )


def real_ids(resources: Sequence[Entry]) -> list[tuple[str, str, Entry]]:
    """Type, id and entry of every resource that a cloud has, in the state's order."""
    return [(str(entry["type"]), str(entry.get("id") or ""), entry) for entry in resources if _real(entry)]


def _real(entry: Entry) -> bool:
    if not entry.get("custom") or entry.get("external"):
        return False
    return not str(entry["type"]).startswith(("pulumi:", "random:"))


def _blocks(entry: Entry) -> Iterator[Blocking]:
    inputs = entry.get("inputs") or {}
    if entry.get("protect"):
        yield Blocking(_named(entry), "protected in the stack's state", certain=True, protected=True)
    if entry.get("retainOnDelete"):
        return
    if inputs.get("deletionPolicy") == "PREVENT":
        yield Blocking(_named(entry), "its deletion policy is PREVENT", certain=True)
    flag = EMPTY_FIRST.get(str(entry["type"]))
    if flag and not inputs.get(flag):
        yield Blocking(_named(entry), "is deleted only when it is empty", certain=False)


def _lingering(real: Sequence[Entry]) -> Iterator[Lingering]:
    made = {str(entry["urn"]) for entry in real if entry["type"] == "gcp:organizations/project:Project"}
    for entry in real:
        # What is in a project that goes, goes with it.
        with_project = entry.get("deletedWith") in made
        rule = LINGERS.get(str(entry["type"]))
        found = rule(entry) if rule and not with_project else None
        if found is not None:
            yield found
        elif entry.get("retainOnDelete") and not with_project:
            yield Lingering(_named(entry), "for ever: the stack only forgets it", UNKNOWN)


def _project(entry: Entry) -> Lingering:
    return Lingering(_named(entry), "30 days, in which it can be restored; its id is never free again", FREE)


def _application(entry: Entry) -> Lingering:
    return Lingering(_named(entry), "for ever: App Engine deletes no application, only its project", FREE)


def _version(entry: Entry) -> Lingering | None:
    if not (entry.get("inputs") or {}).get("noopOnDestroy"):
        return None
    return Lingering(_named(entry), "until it is deleted by hand: a service keeps its last version", UNKNOWN)


def _bucket(entry: Entry) -> Lingering | None:
    policy = (entry.get("inputs") or {}).get("softDeletePolicy") or {}
    days = float(policy.get("retentionDurationSeconds", 7 * 86400)) / 86400
    return Lingering(_named(entry), f"{days:g} days, as deleted objects", "the objects' storage") if days else None


def _environment(_entry: Entry) -> Lingering:
    return Lingering(
        Named("AWS bucket", "elasticbeanstalk-REGION-ACCOUNT"),
        "until it is emptied and deleted by hand: Beanstalk makes it in every account and lets nothing delete it",
        "the logs' storage",
    )


def _key(entry: Entry) -> Lingering:
    days = (entry.get("inputs") or {}).get("deletionWindowInDays", 30)
    return Lingering(_named(entry), f"{days:g} days, waiting for its deletion", FREE)


def _google_key(entry: Entry) -> Lingering:
    return Lingering(_named(entry), "for ever by name; its versions are destroyed after 30 days", FREE)


def _web_app(entry: Entry) -> Lingering:
    what = Named("logs, and the files that the app itself wrote, on PythonAnywhere, of", _named(entry).id)
    return Lingering(what, "until they are deleted by hand", FREE)


LINGERS: Mapping[str, Callable[[Entry], Lingering | None]] = {
    "gcp:organizations/project:Project": _project,
    "gcp:appengine/application:Application": _application,
    "gcp:appengine/standardAppVersion:StandardAppVersion": _version,
    "gcp:storage/bucket:Bucket": _bucket,
    "gcp:kms/cryptoKey:CryptoKey": _google_key,
    "aws:kms/key:Key": _key,
    "aws:elasticbeanstalk/environment:Environment": _environment,
    "pythonanywhere:index:Webapp": _web_app,
}
"""Types whose deletion leaves something, and what."""


def _apis(real: Sequence[Entry]) -> Iterator[Lingering]:
    """The APIs of a project that stays, as one line: to switch them off deletes what they hold."""
    made = any(entry["type"] == "gcp:organizations/project:Project" for entry in real)
    left = [entry for entry in real if entry["type"] == "gcp:projects/service:Service"]
    on = [entry for entry in left if not (entry.get("inputs") or {}).get("disableOnDestroy", True)]
    if on and not made:
        project = str((on[0].get("inputs") or {}).get("project", ""))
        yield Lingering(Named(f"{len(on)} APIs, on in the project", project), "until they are switched off", FREE)


def _named(entry: Entry) -> Named:
    kind = str(entry["type"])
    what = STATEFUL.get(kind, kind.rpartition(":")[2])
    cloud = {"gcp": "Google Cloud", "aws": "AWS", "pythonanywhere": "PythonAnywhere"}.get(kind.partition(":")[0], "")
    name = str(entry.get("id") or str(entry["urn"]).rpartition("::")[2])
    return Named(f"{cloud} {what}".strip(), name)
