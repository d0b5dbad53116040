"""The methods on buckets: https://cloud.google.com/storage/docs/json_api/v1/buckets."""

from collections.abc import Mapping
from typing import Any

from slipway.sandbox.cloudstorage import bucket_rules, errors, notifications, pages, policies, resources
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.state import KIND, State
from slipway.sandbox.stores.google import Record, Transaction


def insert(state: State, call: Call) -> Reply:
    """Take the name in all of Cloud Storage."""
    at = resources.now()
    project = call.needed("project")
    with state.store.transaction() as now:
        owner = state.usable(now, project)
        settings = bucket_rules.created(call.document, at)
        if not owner.billing:
            raise errors.unpaid()
        if taken := now.get(KIND, settings["name"]):
            raise _taken(mine=taken.project == owner.id)
        body = {
            **settings,
            "projectNumber": owner.number,
            "timeCreated": at,
            "updated": at,
            "metageneration": 1,
        }
        now.revoke_scope(policies.scope(settings["name"]))
        policies.begin(now, settings["name"], owner.id, uniform=policies.uniform(body))
        now.put(KIND, Record(settings["name"], owner.id, body))
    with state.index.writing() as objects:
        # Of a bucket of this name whose project was deleted with all it had.
        unused = objects.empty(settings["name"])
    state.remove(unused)
    return Reply(document=_shown(body, call))


def get(state: State, call: Call) -> Reply:
    """A bucket's resource."""
    body = state.bucket(call.bucket).body
    call.preconditions().check(resources.bucket(body), reading=True)
    return Reply(document=_shown(body, call))


def list_(state: State, call: Call) -> Reply:
    """The buckets of a project, by name."""
    project, prefix = call.needed("project"), call.query.get("prefix", "")
    with state.store.transaction() as now:
        owner = state.usable(now, project)
        records = [record for record in now.all(KIND, owner.id) if record.name.startswith(prefix)]
    page, more = pages.cut([r.name for r in records], call.query.get("pageToken", ""), call.most())
    chosen = set(page)
    items = [_shown(record.body, call) for record in records if record.name in chosen]
    return Reply(document={"kind": "storage#buckets", **({"items": items} if items else {}), **more})


def patch(state: State, call: Call) -> Reply:
    """Change what is named; null takes a setting away."""
    return _changed(state, call, lambda body: resources.merged(_settings(body), _asked(call, body)))


def update(state: State, call: Call) -> Reply:
    """Replace every setting."""
    return _changed(state, call, lambda body: {"storageClass": body["storageClass"], **_asked(call, body)})


def delete(state: State, call: Call) -> Reply:
    """Only an empty bucket goes."""
    state.bucket(call.bucket)
    with state.index.writing() as objects:
        if objects.any(call.bucket):
            raise errors.StorageError(409, "conflict", "The bucket you tried to delete is not empty.")
        with state.store.transaction() as now:
            call.preconditions().check(resources.bucket(_record(now, call.bucket).body))
            notifications.drop_all(now, _record(now, call.bucket))
            now.drop(KIND, call.bucket)
            now.revoke_scope(policies.scope(call.bucket))
        objects.empty(call.bucket)
    return Reply(status=204)


def lock(state: State, call: Call) -> Reply:
    """Lock the retention policy, for good: https://cloud.google.com/storage/docs/bucket-lock."""
    call.needed("ifMetagenerationMatch")
    with state.store.transaction() as now:
        record = _record(now, call.bucket)
        call.preconditions().check(resources.bucket(record.body))
        if not record.body.get("retentionPolicy"):
            raise errors.invalid("The bucket has no retention policy to lock.")
        policy = {**record.body["retentionPolicy"], "isLocked": True}
        body = {**record.body, "retentionPolicy": policy, **_next(record.body)}
        now.put(KIND, Record(record.name, record.project, body))
    return Reply(document=_shown(body, call))


def layout(state: State, call: Call) -> Reply:
    """https://cloud.google.com/storage/docs/json_api/v1/buckets/getStorageLayout."""
    body = state.bucket(call.bucket).body
    shown = {key: body[key] for key in ("location", "locationType", "customPlacementConfig") if key in body}
    hierarchical = {"enabled": bool((body.get("hierarchicalNamespace") or {}).get("enabled"))}
    head = {"kind": "storage#storageLayout", "bucket": body["name"]}
    return Reply(document={**head, **shown, "hierarchicalNamespace": hierarchical})


def managed_folders(state: State, call: Call) -> Reply:
    """None: they cannot be made here. ``gcloud storage rm --recursive`` asks for them."""
    state.bucket(call.bucket)
    return Reply(document={"kind": "storage#managedFolders"})


def service_account(state: State, call: Call) -> Reply:
    """https://cloud.google.com/storage/docs/json_api/v1/projects/serviceAccount/get."""
    with state.store.transaction() as now:
        owner = state.usable(now, call.path["project"])
    address = f"service-{owner.number}@gs-project-accounts.iam.gserviceaccount.com"
    return Reply(document={"kind": "storage#serviceAccount", "email_address": address})


def _changed(state: State, call: Call, settings: Any) -> Reply:  # noqa: ANN401
    at = resources.now()
    with state.store.transaction() as now:
        record = _record(now, call.bucket)
        before = record.body
        call.preconditions().check(resources.bucket(before))
        settled = bucket_rules.settle(settings(before), before, at)
        stays = {key: value for key, value in before.items() if key not in bucket_rules.SETTINGS}
        body = {**stays, **settled, **_next(before)}
        now.put(KIND, Record(record.name, record.project, body))
    return Reply(document=_shown(body, call))


def _asked(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    location = call.document.get("location")
    if location and str(location).upper() != body["location"]:
        raise errors.invalid("A bucket's location cannot be changed.")
    return {key: value for key, value in call.document.items() if key in bucket_rules.SETTINGS}


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key in bucket_rules.SETTINGS}


def _next(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"metageneration": int(body["metageneration"]) + 1, "updated": resources.now()}


def _record(now: Transaction, name: str) -> Record:
    record = now.get(KIND, name)
    if record is None:
        raise errors.bucket_missing()
    return record


def _shown(body: Mapping[str, Any], call: Call) -> dict[str, Any]:
    return resources.shown(resources.bucket(body), call.query.get("projection"))


def _taken(*, mine: bool) -> errors.StorageError:
    """https://cloud.google.com/storage/docs/json_api/v1/status-codes#409-conflict."""
    if mine:
        message = "Your previous request to create the named bucket succeeded and you already own it."
    else:
        message = (
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again."
        )
    return errors.StorageError(409, "conflict", message)
