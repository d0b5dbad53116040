"""Applications: made, changed and deleted in the store, and shown as Beanstalk shows them."""

from typing import Any

from slipway.sandbox.aws import beanstalk, tags
from slipway.sandbox.aws.roles import refuse_unless_assumable
from slipway.sandbox.beanstalk import deployments
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.beanstalk.request import PRINCIPAL, Request, Values, existing, last_name, of_name
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
    _hold_assumable(request, lifecycle)
    with request.store.transaction() as store:
        if store.get("application", request.full(name)) is not None:
            raise QueryError("InvalidParameterValue", f"Application {name} already exists.")
        store.put("application", request.full(name), new)
    return {"Application": _application(request, existing(request, "application", name))}


def describe_applications(request: Request) -> Values:
    """All, or those that are named."""
    names = request.values.get("ApplicationNames")
    things = request.things("application")
    return {"Applications": [_application(request, one) for one in things if not names or last_name(one) in names]}


def update_application(request: Request) -> Values:
    """Its description."""
    name = request.values["ApplicationName"]
    change = {"description": request.values["Description"]} if "Description" in request.values else {}
    _put(request, name, change)
    return {"Application": _application(request, existing(request, "application", name))}


def update_lifecycle(request: Request) -> Values:
    """How many versions it keeps, or for how long."""
    name = request.values["ApplicationName"]
    lifecycle = _lifecycle(request.values["ResourceLifecycleConfig"]) or {}
    existing(request, "application", name)
    _hold_assumable(request, lifecycle)
    _put(request, name, {"appversionLifecycle": lifecycle})
    return {"ApplicationName": name, "ResourceLifecycleConfig": _lifecycle_shown(lifecycle)}


def delete_application(request: Request) -> Values:
    """With its versions; with its environments where the request asks for that, else never one with an environment."""
    name = request.values["ApplicationName"]
    if request.values.get("TerminateEnvByForce"):
        for environment in request.things("environment"):
            if environment.body["application"] == name:
                deployments.delete(request.aws, environment.body["id"])
    with request.store.transaction() as store:
        environments = store.all("environment", request.full(""))
        running = [last_name(one) for one in environments if one.body["application"] == name]
        if running:
            message = f"Unable to delete application {name} because it has running environments: {', '.join(running)}"
            raise QueryError("OperationInProgressFailure", message)
        for version in store.all("version", request.full(f"{name}/")):
            store.drop("version", version.name)
        store.drop("application", request.full(name))
    return {}


def _put(request: Request, name: str, change: Props) -> None:
    with request.store.transaction() as store:
        body = of_name("application", name, store.get("application", request.full(name)))
        store.put("application", request.full(name), {**body, **change})


def _hold_assumable(request: Request, lifecycle: Props | None) -> None:
    """Raises :class:`QueryError` where Beanstalk may not assume the role by which it drops versions."""
    role = (lifecycle or {}).get("serviceRole")
    if role is None:
        return
    try:
        refuse_unless_assumable(
            request.aws, role, PRINCIPAL, f"The service role {role} does not exist, or Beanstalk may not assume it."
        )
    except CloudError as error:
        raise QueryError("InvalidParameterValue", str(error)) from error


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
