"""Applications and their versions."""

from typing import Any

from slipway.sandbox.aws import beanstalk, beanstalk_environments, tags
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.beanstalk.request import Request, Values, body_of, existing, last_name, moment, page_of
from slipway.sandbox.handler import CloudError, Props
from slipway.sandbox.stores.beanstalk import Thing


def create_application(request: Request) -> Values:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateApplication.html."""
    values, name = request.values, request.values["ApplicationName"]
    new: Props = {"name": name, "description": values.get("Description", ""), "tags": tags.mapped(values.get("Tags"))}
    if lifecycle := _lifecycle(values.get("ResourceLifecycleConfig")):
        new["appversionLifecycle"] = lifecycle
    for problem in beanstalk.check_application(new).values():
        raise QueryError("InvalidParameterValue", problem)
    beanstalk.create_application(request.aws, new)
    return {"Application": _application(request, existing(request, "application", name))}


def describe_applications(request: Request) -> Values:
    """All, or those that are named."""
    names = request.values.get("ApplicationNames")
    things = request.things("application")
    return {"Applications": [_application(request, one) for one in things if not names or last_name(one) in names]}


def update_application(request: Request) -> Values:
    """Its description."""
    name = request.values["ApplicationName"]
    old = existing(request, "application", name).body
    change = {"description": request.values["Description"]} if "Description" in request.values else {}
    beanstalk.update_application(request.aws, name, old, {**old, **change})
    return {"Application": _application(request, existing(request, "application", name))}


def update_lifecycle(request: Request) -> Values:
    """How many versions it keeps, or for how long."""
    name = request.values["ApplicationName"]
    old = existing(request, "application", name).body
    lifecycle = _lifecycle(request.values["ResourceLifecycleConfig"]) or {}
    beanstalk.update_application(request.aws, name, old, {**old, "appversionLifecycle": lifecycle})
    return {"ApplicationName": name, "ResourceLifecycleConfig": _lifecycle_shown(lifecycle)}


def delete_application(request: Request) -> Values:
    """With its versions; with its environments where the request asks for that."""
    name = request.values["ApplicationName"]
    if request.values.get("TerminateEnvByForce"):
        for environment in request.things("environment"):
            if environment.body["application"] == name:
                beanstalk_environments.delete(request.aws, environment.body["id"], {})
    beanstalk.delete_application(request.aws, name, {})
    return {}


def create_version(request: Request) -> Values:
    """A bundle in S3, named."""
    values = request.values
    source = values.get("SourceBundle")
    if not source:
        raise QueryError("InvalidParameterCombination", "The sandbox makes versions of a SourceBundle in S3 alone.")
    application = values["ApplicationName"]
    if values.get("AutoCreateApplication") and not body_of(request, "application", application):
        beanstalk.create_application(request.aws, {"name": application})
    new = {
        "name": values["VersionLabel"],
        "application": application,
        "bucket": source.get("S3Bucket", ""),
        "key": source.get("S3Key", ""),
        "description": values.get("Description", ""),
        "process": values.get("Process", False),
        "tags": tags.mapped(values.get("Tags")),
    }
    beanstalk.create_version(request.aws, new)
    return {"ApplicationVersion": _version(request, existing(request, "version", f"{application}/{new['name']}"))}


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
    old = existing(request, "version", id).body
    change = {"description": request.values["Description"]} if "Description" in request.values else {}
    beanstalk.update_version(request.aws, id, old, {**old, **change})
    return {"ApplicationVersion": _version(request, existing(request, "version", id))}


def delete_version(request: Request) -> Values:
    """With its bundle where the request asks for that; never one that an environment runs."""
    values = request.values
    id = f"{values['ApplicationName']}/{values['VersionLabel']}"
    there = body_of(request, "version", id)
    try:
        beanstalk.delete_version(request.aws, id, {})
    except CloudError as error:
        raise QueryError("SourceBundleDeletionException", str(error).partition("): ")[2]) from error
    if there and values.get("DeleteSourceBundle"):
        request.aws.client("s3").delete_object(Bucket=there["bucket"], Key=there["key"])
    return {}


def _lifecycle(config: Any) -> Props | None:  # noqa: ANN401
    if not config:
        return None
    rules = config.get("VersionLifecycleConfig") or {}
    count, age = rules.get("MaxCountRule") or {}, rules.get("MaxAgeRule") or {}
    chosen: Props = {"serviceRole": config.get("ServiceRole")}
    if count.get("Enabled"):
        chosen |= {"maxCount": count.get("MaxCount", 200), "deleteSourceFromS3": count.get("DeleteSourceFromS3", False)}
    if age.get("Enabled"):
        chosen |= {
            "maxAgeInDays": age.get("MaxAgeInDays", 180),
            "deleteSourceFromS3": age.get("DeleteSourceFromS3", False),
        }
    return {key: value for key, value in chosen.items() if value is not None}


def _lifecycle_shown(lifecycle: Props) -> Values:
    delete = bool(lifecycle.get("deleteSourceFromS3"))
    count = {"Enabled": bool(lifecycle.get("maxCount")), "MaxCount": int(lifecycle.get("maxCount") or 200)}
    age = {"Enabled": bool(lifecycle.get("maxAgeInDays")), "MaxAgeInDays": int(lifecycle.get("maxAgeInDays") or 180)}
    rules = {
        "MaxCountRule": {**count, "DeleteSourceFromS3": delete},
        "MaxAgeRule": {**age, "DeleteSourceFromS3": delete},
    }
    role = {"ServiceRole": lifecycle["serviceRole"]} if lifecycle.get("serviceRole") else {}
    return {**role, "VersionLifecycleConfig": rules}


def _application(request: Request, thing: Thing) -> Values:
    aws, name, body = request.aws, last_name(thing), thing.body
    labels = [last_name(one) for one in request.things("version", f"{name}/")]
    return {
        "ApplicationArn": f"arn:aws:elasticbeanstalk:{aws.region}:{aws.account}:application/{name}",
        "ApplicationName": name,
        "Description": body.get("description") or "",
        "Versions": labels,
        "ConfigurationTemplates": [],
        "ResourceLifecycleConfig": _lifecycle_shown(body.get("appversionLifecycle") or {}),
    }


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
