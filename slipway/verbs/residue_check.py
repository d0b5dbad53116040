"""The residue check after a destroy in real clouds: each cloud is asked, by identifier, for the stack's resources.

A resource that belongs to another one (a permission, a policy, an alias) goes with it and is not asked for. A resource
that could not be asked for is reported as well: no answer is no proof.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from slipway.catalog.model import AwsCall, ByHand, DockerCollection, GoogleUrl
from slipway.catalog.table import PROJECT, row_of
from slipway.stack.destroy_plan import Entry, real_ids

GONE = frozenset(
    {
        "ResourceNotFoundException",
        "ResourceNotFound",
        "NoSuchEntity",
        "RepositoryNotFoundException",
        "NotFoundException",
        "NoSuchBucket",
        "404",
    }
)
"""What AWS answers about what is not there."""

Look: TypeAlias = Callable[[str, str, Entry], bool | str]
"""Whether a resource (type, id, entry) is still there, or why that could not be learnt."""


@dataclass(frozen=True)
class Residue:
    """A resource that is still there, or that could not be looked at."""

    what: str
    there: bool


def check_residue(resources: Sequence[Entry], ask: Look | None = None) -> list[Residue]:
    """The ``resources`` of a destroyed stack that are still there, in the state's order."""
    ask = ask or _ask
    residue: list[Residue] = []
    deleted_projects: set[str] = set()
    for kind, id, entry in real_ids(resources):
        project = (entry.get("inputs") or {}).get("project")
        if row_of(kind).belongs_to or entry.get("retainOnDelete") or project in deleted_projects:
            continue
        answer = ask(kind, id, entry)
        if kind == PROJECT and answer is False:
            deleted_projects.add(id.removeprefix("projects/"))
        if answer is True:
            residue.append(Residue(f"{kind} {id}", True))
        elif answer:
            residue.append(Residue(f"{kind} {id}: {answer}", False))
    return residue


def names_one_of(line: str, resources: Sequence[Entry]) -> bool:
    """Whether a word of ``line`` is one of the resources, or below one."""
    ids = {text for _, id, _ in real_ids(resources) if id for text in (id, id.removeprefix("projects/"))}
    return any(word == id or word.startswith(f"{id}/") for word in line.split() for id in ids)


def names_an_id(line: str, ids: Sequence[str]) -> bool:
    """Whether a word of ``line`` is one of ``ids``, as clouds write them in full, or below one."""
    short = {text for id in ids for text in (id, id.removeprefix("projects/"), id.rpartition("/serviceAccounts/")[2])}
    words = {word.rpartition(":")[2] if word.startswith("version:") else word for word in line.split()}
    return bool(short & {text for word in words for text in (word, word.partition("/")[0])})


def _ask(kind: str, id: str, entry: Entry) -> bool | str:
    match row_of(kind).ask:
        case GoogleUrl(url=url):
            return google(url.format(id=id), _google_session)
        case AwsCall() as call:
            return amazon(call, id, str((entry.get("outputs") or {}).get("region") or "us-east-1"), _amazon_client)
        case DockerCollection(name=name):
            return daemon(name, id, _docker_client)
        case ByHand(where=where):
            return f"is not asked for: {where}"
        case None:
            return "no way is known to ask for it: look it up by this id"


def google(url: str, session: Callable[[], Any]) -> bool | str:
    """Whether Google has what ``url`` names. ``session`` makes what requests are sent with."""
    try:
        response = session().get(url, timeout=30)
    except Exception as failed:  # whatever keeps us from asking is the answer
        return f"could not be asked for: {failed}"
    if response.status_code == 404:
        return False
    if response.status_code != 200:
        return f"could not be asked for: {response.status_code} {response.reason}"
    return response.json().get("state") != "DELETE_REQUESTED"


def amazon(call: AwsCall, id: str, region: str, client: Callable[[str, str], Any]) -> bool | str:
    """Whether AWS has the resource. ``client`` makes a service's client for a region."""
    try:
        answer = getattr(client(call.service, region), call.operation)(**_arguments(call, id))
    except Exception as failed:  # whatever keeps us from asking is the answer
        code = str(getattr(failed, "response", {}).get("Error", {}).get("Code", ""))
        return False if code in GONE else f"could not be asked for: {failed}"
    listed = answer.get(call.key)
    if isinstance(listed, list):
        return any(id in item.values() for item in listed)
    return bool(listed)


def _arguments(call: AwsCall, id: str) -> dict[str, Any]:
    head, _, tail = id.partition(call.separator) if call.separator else (id, "", "")

    def filled(value: Any) -> Any:  # noqa: ANN401 - texts, lists of texts, flags
        if isinstance(value, list):
            return [filled(item) for item in value]
        return value.format(head, tail, id=id) if isinstance(value, str) else value

    return {name: filled(value) for name, value in call.arguments.items()}


def daemon(collection: str, id: str, client: Callable[[], Any]) -> bool | str:
    """Whether this machine's Docker daemon has the object. ``client`` makes the SDK's client of it."""
    try:
        getattr(client(), collection).get(id)
    except Exception as failed:  # whatever keeps us from asking is the answer
        status = getattr(getattr(failed, "response", None), "status_code", None)
        return False if status == 404 else f"could not be asked for: {failed}"
    return True


def _docker_client() -> Any:  # noqa: ANN401 - a DockerClient, imported only here
    import docker

    return docker.from_env()


def _google_session() -> Any:  # noqa: ANN401 - an AuthorizedSession, imported only here
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform.read-only"])
    return AuthorizedSession(credentials)


def _amazon_client(service: str, region: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    import boto3

    return boto3.client(service, region_name=region)
