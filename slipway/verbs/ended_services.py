"""What an `up` or a `destroy` has left in App Engine, which deletes no version with traffic, and no service's last one.

state before -> engine -> state after -> the versions that the stack has let go -> their services, as they are

A service is deleted where each of its versions is one that the stack has made; where others have versions in it, the
stack's own go as far as App Engine lets them. https://cloud.google.com/appengine/docs/admin-api/deleting-services
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.errors import some
from slipway.providers.google.rest import OperationError, Rest, RestError
from slipway.sandbox.composition.environment import cloud_variables
from slipway.stack.destroy_plan import Entry
from slipway.stack.session import Run, backend_of

VERSION, PROJECT = "gcp:appengine/standardAppVersion:StandardAppVersion", "gcp:organizations/project:Project"
API = "appengine"
SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What to do about the versions of one service that the stack has let go."""

    path: str
    """``apps/PROJECT/services/SERVICE``."""
    whole: bool = False
    """Whether the service goes."""
    versions: tuple[str, ...] = ()
    """The versions to delete, where it stays."""
    why: str = ""
    """Why it stays; "" where the stack still has versions in it."""


def version_ids(resources: Sequence[Entry]) -> frozenset[str]:
    """The versions in a state, as ``apps/PROJECT/services/SERVICE/versions/ID``."""
    return frozenset(str(entry["id"]) for entry in resources if entry["type"] == VERSION and entry.get("id"))


def own_projects(resources: Sequence[Entry]) -> frozenset[str]:
    """The projects that a state has made, by id: they take all that is in them along."""
    return frozenset(str(entry["id"]).removeprefix("projects/") for entry in resources if entry["type"] == PROJECT)


def plan(path: str, live: Collection[str], *, made: Collection[str], declared: Collection[str]) -> Ended:
    """What to do about a service whose versions are ``live``; the stack had ``made`` some, and has ``declared`` some.

    All are ids of versions of this service.
    """
    ours = tuple(sorted(({*made} & {*live}) - {*declared}))
    others = sorted({*live} - {*made})
    if declared:
        return Ended(path=path, versions=ours)
    if path.endswith("/default"):
        return Ended(path=path, versions=ours, why="App Engine keeps its service `default` as long as its application")
    if others:
        return Ended(path=path, versions=ours, why=f"others have versions in it: {some(others, SHOWN)}")
    return Ended(path=path, whole=True)


def end_services(run: Run, before: Sequence[Entry]) -> None:
    """Delete the services and versions that the stack's state had ``before`` and has no more, and say what stays."""
    if not (made := version_ids(before)):
        return
    after = backend_of(run).resources(run.stack)
    declared, gone = version_ids(after), own_projects(before) - own_projects(after)
    ended = {id.rpartition("/versions/")[0] for id in made - declared if id.split("/")[1] not in gone}
    if not ended:
        return
    rest = _rest(run)
    for path in sorted(ended):
        try:
            live = _live(rest, path)
            if live:
                _end(rest, plan(path, live, made=_in(made, path), declared=_in(declared, path)))
        except (RestError, OperationError) as error:
            print(f"what is left in App Engine's {path} is not known: {error}")


def _in(ids: Collection[str], path: str) -> list[str]:
    return [id.rpartition("/")[2] for id in ids if id.startswith(f"{path}/versions/")]


def _live(rest: Rest, path: str) -> list[str]:
    try:
        return [str(version["id"]) for version in rest.every(API, f"v1/{path}/versions", "versions")]
    except RestError as error:
        if error.code == 404:
            return []
        raise


def _end(rest: Rest, ended: Ended) -> None:
    name = ended.path.rpartition("/")[2]
    if ended.whole:
        rest.act(API, "v1", "DELETE", ended.path)
        print(f"App Engine's service {name!r} is deleted: no app of the stack is in it any more")
        return
    kept = [version for version in ended.versions if _refused(rest, f"{ended.path}/versions/{version}")]
    if ended.why:
        rest_of_it = f", and with it {some(kept, SHOWN)}" if kept else ""
        print(f"App Engine's service {name!r} stays{rest_of_it}: {ended.why}")


def _refused(rest: Rest, path: str) -> bool:
    """Whether App Engine keeps the version: it has traffic, or is the service's last."""
    try:
        rest.act(API, "v1", "DELETE", path)
    except (RestError, OperationError):
        return True
    return False


def _rest(run: Run) -> Rest:
    if run.sandbox:
        variables = cloud_variables(run.project.state_folder)
        return Rest(address=variables.get("SLIPWAY_GOOGLE", ""), token=lambda: variables["GOOGLE_OAUTH_ACCESS_TOKEN"])
    return Rest(token=_token)


def _token() -> str:
    import google.auth  # 100 ms, of a real cloud's commands alone
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        credentials: Any = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])[0]
        credentials.refresh(Request())
    except GoogleAuthError as error:
        raise RestError(401, {"message": f"{error}: `gcloud auth application-default login` signs in"}) from None
    return str(credentials.token)
