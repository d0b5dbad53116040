"""A request to Beanstalk, and what it names: an application, a version, an environment."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.handler import CloudError, Props
from slipway.sandbox.stores.beanstalk import Kind, Store, Thing

Values = dict[str, Any]
PRINCIPAL = "elasticbeanstalk.amazonaws.com"
"""Whom a role must trust that Beanstalk is to assume."""
WORDS = re.compile(r"operation error \w+, (?P<code>\w+): (?P<message>.*)", re.DOTALL)
"""A refusal of Beanstalk's in the provider's words."""


@dataclass(frozen=True)
class Request:
    """One request: the account in the region that it was signed for, and the operation's parameters."""

    aws: Aws
    values: Values

    @property
    def store(self) -> Store:
        """What the sandbox remembers of Beanstalk."""
        return Store(self.aws.folder)

    def full(self, name: str) -> str:
        """A name as the store has it: behind its region."""
        return f"{self.aws.region}/{name}"

    def things(self, kind: Kind, below: str = "") -> list[Thing]:
        """Those of the region."""
        return self.store.all(kind, self.full(below))


def refused(error: CloudError) -> QueryError:
    """A refusal of the handlers, as Beanstalk answers it."""
    match = WORDS.search(str(error))
    if match:
        return QueryError(match["code"], match["message"])
    return QueryError("InvalidParameterValue", str(error).partition("): ")[2] or str(error))


def moment(text: str) -> datetime:
    """A moment as the store has it."""
    return datetime.strptime(text.removesuffix(" +0000 UTC"), "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)


def environment_of(request: Request) -> Thing:
    """The environment that a request names. Raises :class:`QueryError`."""
    name, id = request.values.get("EnvironmentName"), request.values.get("EnvironmentId")
    if not (name or id):
        raise QueryError("InvalidParameterCombination", "Either EnvironmentName or EnvironmentId is required.")
    for thing in request.things("environment"):
        if name in (None, thing.body["name"]) and id in (None, thing.body["id"]):
            return thing
    what = f"EnvironmentName = '{name}'" if name else f"EnvironmentId = '{id}'"
    raise QueryError("InvalidParameterValue", f"No Environment found for {what}.")


def body_of(request: Request, kind: Kind, name: str) -> Props | None:
    """What the store has of it; None where there is none."""
    return request.store.get(kind, request.full(name))


def existing(request: Request, kind: Kind, name: str) -> Thing:
    """A thing by its name. Raises :class:`QueryError`."""
    return Thing(request.full(name), of_name(kind, name, body_of(request, kind, name)))


def of_name(kind: Kind, name: str, body: Props | None) -> Props:
    """The body that the store has under a name. Raises :class:`QueryError` where it has none."""
    if body is None:
        words = {"application": "Application", "version": "Application Version", "environment": "Environment"}[kind]
        raise QueryError("InvalidParameterValue", f"No {words} named '{name.rsplit('/', 1)[-1]}' found.")
    return body


def by_arn(request: Request) -> tuple[Kind, Thing]:
    """The kind and the thing that an ARN names. Raises :class:`QueryError`."""
    arn = request.values["ResourceArn"]
    kind, _, name = arn.rsplit(":", 1)[-1].partition("/")
    kinds: dict[str, Kind] = {
        "application": "application",
        "applicationversion": "version",
        "environment": "environment",
    }
    if kind not in kinds:
        raise QueryError("ResourceTypeNotSupportedException", f"The sandbox keeps no tags of {arn}.")
    place = name.rsplit("/", 1)[-1] if kind == "environment" else name
    body = body_of(request, kinds[kind], place)
    if body is None:
        raise QueryError("ResourceNotFoundException", f"Resource not found: {arn}")
    return kinds[kind], Thing(f"{request.aws.region}/{place}", body)


def page_of(items: list[Any], values: Values) -> tuple[list[Any], Values]:
    """A page of a list, and the token of the next one."""
    most = int(values.get("MaxRecords") or 1000)
    token = values.get("NextToken") or "0"
    start = int(token) if token.isdigit() else 0
    more = {"NextToken": str(start + most)} if start + most < len(items) else {}
    return items[start : start + most], more


def aware(at: datetime | None) -> datetime | None:
    """A moment with its zone, UTC where it has none."""
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def last_name(thing: Thing) -> str:
    """The last part of its name, which is its own."""
    return thing.name.rsplit("/", 1)[-1]
