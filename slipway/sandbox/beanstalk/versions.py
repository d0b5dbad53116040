"""Versions of applications: bundles in S3, named in the store, and shown as Beanstalk shows them."""

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.errors import unless_gone
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.beanstalk.request import (
    Request,
    Values,
    body_of,
    existing,
    last_name,
    moment,
    of_name,
    page_of,
)
from slipway.sandbox.handler import Props
from slipway.sandbox.stores.beanstalk import Thing, Transaction, now

LIMIT = 1000
"""Versions of all applications of an account and region: https://docs.aws.amazon.com/general/latest/gr/elasticbeanstalk.html."""


def create_version(request: Request) -> Values:
    """A bundle in S3, named; it must be there. What the application's lifecycle says to drop, goes."""
    values = request.values
    source = values.get("SourceBundle")
    if not source:
        raise QueryError("InvalidParameterCombination", "The sandbox makes versions of a SourceBundle in S3 alone.")
    application, label = values["ApplicationName"], values["VersionLabel"]
    new: Props = {
        "name": label,
        "application": application,
        "bucket": source.get("S3Bucket", ""),
        "key": source.get("S3Key", ""),
        "description": values.get("Description", ""),
        "process": values.get("Process", False),
        "tags": tags.mapped(values.get("Tags")),
    }
    _hold_bundle(request, new)
    full = request.full(f"{application}/{label}")
    with request.store.transaction() as store:
        owner = store.get("application", request.full(application))
        if owner is None and values.get("AutoCreateApplication"):
            owner = {"name": application, "description": "", "tags": {}}
            store.put("application", request.full(application), owner)
        if owner is None:
            raise QueryError("InvalidParameterValue", f"No Application named '{application}' found.")
        if store.get("version", full) is not None:
            raise QueryError("InvalidParameterValue", f"Application Version {label} already exists.")
        if len(store.all("version", request.full(""))) >= LIMIT:
            message = f"You cannot have more than {LIMIT} Application Versions. Either remove some, or ask for more."
            raise QueryError("TooManyApplicationVersionsException", message)
        store.put("version", full, {**new, "created": now()})
        bundles = _drop_oldest(request, store, application, (owner.get("appversionLifecycle") or {}))
    for bucket, key in bundles:
        request.aws.client("s3").delete_object(Bucket=bucket, Key=key)
    return {"ApplicationVersion": _version(request, existing(request, "version", f"{application}/{label}"))}


def describe_versions(request: Request) -> Values:
    """Those of an application or of all, the newest first."""
    values = request.values
    below, labels = values.get("ApplicationName", ""), values.get("VersionLabels")
    things = request.things("version", f"{below}/" if below else "")
    chosen = [thing for thing in things if not labels or last_name(thing) in labels]
    chosen.sort(key=lambda thing: thing.body["created"], reverse=True)
    page, more = page_of(chosen, values)
    return {"ApplicationVersions": [_version(request, thing) for thing in page], **more}


def update_version(request: Request) -> Values:
    """Its description."""
    id = f"{request.values['ApplicationName']}/{request.values['VersionLabel']}"
    change = {"description": request.values["Description"]} if "Description" in request.values else {}
    with request.store.transaction() as store:
        body = of_name("version", id, store.get("version", request.full(id)))
        store.put("version", request.full(id), {**body, **change})
    return {"ApplicationVersion": _version(request, existing(request, "version", id))}


def delete_version(request: Request) -> Values:
    """With its bundle where the request asks for that; never one that an environment runs.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_DeleteApplicationVersion.html
    """
    values = request.values
    application, label = values["ApplicationName"], values["VersionLabel"]
    id = f"{application}/{label}"
    there = body_of(request, "version", id)
    with request.store.transaction() as store:
        using = _users(request, store, application, label)
        if using:
            message = "Unable to delete Application Version, it is currently in use by the following environments: "
            raise QueryError("SourceBundleDeletionException", f"{message}{', '.join(using)}.")
        store.drop("version", request.full(id))
    if there and values.get("DeleteSourceBundle"):
        request.aws.client("s3").delete_object(Bucket=there["bucket"], Key=there["key"])
    return {}


def _hold_bundle(request: Request, new: Props) -> None:
    """Raises :class:`QueryError` where the bundle is not in S3."""
    bucket, key = new["bucket"], new["key"]
    if unless_gone(request.aws.client("s3").head_object, Bucket=bucket, Key=key) is None:
        message = f"Unable to download from S3 location (Bucket: {bucket} Key: {key}). Reason: Not Found"
        raise QueryError("InvalidParameterCombination", message)


def _drop_oldest(request: Request, store: Transaction, application: str, lifecycle: Props) -> list[tuple[str, str]]:
    """Drop the oldest versions over the lifecycle's count; the bundles that go with them, as (bucket, key)."""
    versions = sorted(store.all("version", request.full(f"{application}/")), key=lambda one: one.body["created"])
    spare = [one for one in versions[:-1] if not _users(request, store, application, last_name(one))]
    most = int(lifecycle.get("maxCount") or 0)
    going = spare[: max(0, len(versions) - most)] if most else []
    for version in going:
        store.drop("version", version.name)
    if not lifecycle.get("deleteSourceFromS3"):
        return []
    return [(version.body["bucket"], version.body["key"]) for version in going]


def _users(request: Request, store: Transaction, application: str, label: str) -> list[str]:
    """The names of the environments that run a version."""
    return [
        last_name(environment)
        for environment in store.all("environment", request.full(""))
        if environment.body["application"] == application and label in environment.body["runs"]
    ]


def _version(request: Request, thing: Thing) -> Values:
    aws, body = request.aws, thing.body
    id = thing.name.partition("/")[2]
    return {
        "ApplicationVersionArn": f"arn:aws:elasticbeanstalk:{aws.region}:{aws.account}:applicationversion/{id}",
        "ApplicationName": body["application"],
        "Description": body.get("description") or "",
        "VersionLabel": last_name(thing),
        "SourceBundle": {"S3Bucket": body["bucket"], "S3Key": body["key"]},
        "DateCreated": moment(body["created"]),
        "DateUpdated": moment(body["created"]),
        "Status": "PROCESSED" if body.get("process") else "UNPROCESSED",
    }
