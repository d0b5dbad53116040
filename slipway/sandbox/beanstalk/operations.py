"""The operations, by their names: what each reads of its parameters, whom it asks, and what it answers."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway.catalog.offers import BEANSTALK_STACKS
from slipway.sandbox.aws import beanstalk, beanstalk_environments, beanstalk_instances, beanstalk_settings, tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.handler import CloudError, Props
from slipway.sandbox.stores.beanstalk import Store, Thing

Values = dict[str, Any]
WORDS = re.compile(r"operation error \w+, (?P<code>\w+): (?P<message>.*)", re.DOTALL)
"""A refusal of Beanstalk's in the provider's words."""
PATIENCE = 20.0
"""Seconds until an environment that is asked for has begun, or is refused."""
STACKS = tuple(reversed(BEANSTALK_STACKS.values()))


@dataclass(frozen=True)
class Request:
    """One request: the account in the region that it was signed for, and the operation's parameters."""

    aws: Aws
    values: Values

    @property
    def store(self) -> Store:
        """What the sandbox remembers of Beanstalk."""
        return Store(self.aws.folder)

    def things(self, kind: Any, below: str = "") -> list[Thing]:  # noqa: ANN401
        """Those of the region."""
        return self.store.all(kind, f"{self.aws.region}/{below}")


def refused(error: CloudError) -> QueryError:
    """A refusal of the handlers, as Beanstalk answers it."""
    match = WORDS.search(str(error))
    if match:
        return QueryError(match["code"], match["message"])
    return QueryError("InvalidParameterValue", str(error).partition("): ")[2] or str(error))


def moment(text: str) -> datetime:
    """A moment as the store has it."""
    return datetime.strptime(text.removesuffix(" +0000 UTC"), "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)


# -- applications and versions


def create_application(request: Request) -> Values:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateApplication.html."""
    values, name = request.values, request.values["ApplicationName"]
    new: Props = {"name": name, "description": values.get("Description", ""), "tags": tags.mapped(values.get("Tags"))}
    if lifecycle := _lifecycle(values.get("ResourceLifecycleConfig")):
        new["appversionLifecycle"] = lifecycle
    for problem in beanstalk.check_application(new).values():
        raise QueryError("InvalidParameterValue", problem)
    beanstalk.create_application(request.aws, new)
    return {"Application": _application(request, _existing(request, "application", name))}


def describe_applications(request: Request) -> Values:
    """All, or those that are named."""
    names = request.values.get("ApplicationNames")
    things = request.things("application")
    return {"Applications": [_application(request, one) for one in things if not names or _last(one) in names]}


def update_application(request: Request) -> Values:
    """Its description."""
    name = request.values["ApplicationName"]
    old = _existing(request, "application", name).body
    change = {"description": request.values["Description"]} if "Description" in request.values else {}
    beanstalk.update_application(request.aws, name, old, {**old, **change})
    return {"Application": _application(request, _existing(request, "application", name))}


def update_lifecycle(request: Request) -> Values:
    """How many versions it keeps, or for how long."""
    name = request.values["ApplicationName"]
    old = _existing(request, "application", name).body
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
    if values.get("AutoCreateApplication") and not _there(request, "application", application):
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
    return {"ApplicationVersion": _version(request, _existing(request, "version", f"{application}/{new['name']}"))}


def describe_versions(request: Request) -> Values:
    """Those of an application or of all, the newest first."""
    values = request.values
    below, labels = values.get("ApplicationName", ""), values.get("VersionLabels")
    things = request.things("version", f"{below}/" if below else "")
    chosen = [thing for thing in things if not labels or _last(thing) in labels]
    chosen.sort(key=lambda thing: thing.body["created"], reverse=True)
    page, more = _page(chosen, values)
    return {"ApplicationVersions": [_version(request, thing) for thing in page], **more}


def update_version(request: Request) -> Values:
    """Its description."""
    id = f"{request.values['ApplicationName']}/{request.values['VersionLabel']}"
    old = _existing(request, "version", id).body
    change = {"description": request.values["Description"]} if "Description" in request.values else {}
    beanstalk.update_version(request.aws, id, old, {**old, **change})
    return {"ApplicationVersion": _version(request, _existing(request, "version", id))}


def delete_version(request: Request) -> Values:
    """With its bundle where the request asks for that; never one that an environment runs."""
    values = request.values
    id = f"{values['ApplicationName']}/{values['VersionLabel']}"
    there = _there(request, "version", id)
    try:
        beanstalk.delete_version(request.aws, id, {})
    except CloudError as error:
        raise QueryError("SourceBundleDeletionException", str(error).partition("): ")[2]) from error
    if there and values.get("DeleteSourceBundle"):
        request.aws.client("s3").delete_object(Bucket=there["bucket"], Key=there["key"])
    return {}


# -- environments


def create_environment(request: Request) -> Values:
    """Begin one; it is Launching when this answers."""
    values = request.values
    name = values.get("EnvironmentName")
    if not name:
        raise QueryError("InvalidParameterValue", "EnvironmentName is required.")
    new: Props = {
        "name": name,
        "application": values["ApplicationName"],
        "version": values.get("VersionLabel"),
        "solutionStackName": values.get("SolutionStackName", ""),
        "cnamePrefix": values.get("CNAMEPrefix"),
        "description": values.get("Description"),
        "tier": (values.get("Tier") or {}).get("Name", "WebServer"),
        "settings": _settings(values.get("OptionSettings")),
        "tags": tags.mapped(values.get("Tags")),
        **{key: values[api] for key, api in UNSERVED.items() if api in values},
    }
    new = {key: value for key, value in new.items() if value not in (None, [], {})}
    _hold(new)
    full = f"{request.aws.region}/{name}"
    if request.store.get("environment", full) is not None:
        raise QueryError("InvalidParameterValue", f"Environment {name} already exists.")
    _begin(lambda: beanstalk_environments.create(request.aws, new), lambda: request.store.get("environment", full))
    return _environment(request, _existing(request, "environment", name))


def describe_environments(request: Request) -> Values:
    """Those of an application, of a version, or that are named."""
    values, chosen = request.values, []
    for thing in request.things("environment"):
        body = thing.body
        fits = (
            values.get("ApplicationName") in (None, body["application"]),
            values.get("VersionLabel") is None or values["VersionLabel"] in body["runs"],
            not values.get("EnvironmentIds") or body["id"] in values["EnvironmentIds"],
            not values.get("EnvironmentNames") or body["name"] in values["EnvironmentNames"],
        )
        if all(fits):
            chosen.append(thing)
    page, more = _page(chosen, values)
    return {"Environments": [_environment(request, thing) for thing in page], **more}


def update_environment(request: Request) -> Values:
    """Change what is named; it is Updating when this answers, where that takes a new instance."""
    values, thing = request.values, _of(request)
    body, id = thing.body, thing.body["id"]
    if body["status"] != "Ready":
        message = f"Environment named {body['name']} is in an invalid state for this operation. Must be Ready."
        raise QueryError("InvalidParameterValue", message)
    old = {key: value for key, value in body.items() if key not in beanstalk_environments.OWN}
    removed = {(one["Namespace"], one["OptionName"]) for one in values.get("OptionsToRemove") or ()}
    changed = {(one["namespace"], one["name"]): one for one in _settings(values.get("OptionSettings"))}
    before = {(one["namespace"], one["name"]): one for one in old.get("settings") or ()}
    settings = {key: one for key, one in {**before, **changed}.items() if key not in removed}
    keys = {"version": "VersionLabel", "solutionStackName": "SolutionStackName", "description": "Description"}
    new = {**old, "settings": list(settings.values()), **{k: values[api] for k, api in keys.items() if api in values}}
    _hold(new)

    def begun() -> bool:
        now = request.store.get("environment", thing.name)
        return now is not None and now["status"] == "Updating"

    _begin(lambda: beanstalk_environments.update(request.aws, id, old, new), begun)
    return _environment(request, _existing(request, "environment", body["name"]))


def terminate_environment(request: Request) -> Values:
    """End it with its instances; it is Terminating when this answers."""
    thing = _of(request)
    shown = _environment(request, thing)
    threading.Thread(
        target=beanstalk_environments.delete, args=(request.aws, thing.body["id"], {}), daemon=True
    ).start()
    return {**shown, "Status": "Terminating", "Health": "Grey"}


def describe_resources(request: Request) -> Values:
    """Its instances and what stands for the rest."""
    thing = _of(request)
    outputs = beanstalk_environments.read(request.aws, thing.body["id"]) or {}
    resources = {
        "EnvironmentName": thing.body["name"],
        "Instances": [{"Id": one} for one in outputs["instances"]],
        "AutoScalingGroups": [{"Name": one} for one in outputs["autoscalingGroups"]],
        "LoadBalancers": [{"Name": one} for one in outputs["loadBalancers"]],
        **{key: [] for key in ("LaunchConfigurations", "LaunchTemplates", "Triggers", "Queues")},
    }
    return {"EnvironmentResources": resources}


def describe_settings(request: Request) -> Values:
    """The option settings that it was given."""
    body = _of(request).body
    description = {
        "SolutionStackName": body.get("solutionStackName", ""),
        "ApplicationName": body["application"],
        "EnvironmentName": body["name"],
        "DeploymentStatus": "deployed" if body["status"] == "Ready" else "pending",
        "DateCreated": moment(body["made"]),
        "DateUpdated": moment(body["made"]),
        "OptionSettings": [
            {
                "Namespace": one["namespace"],
                "OptionName": one["name"],
                "Value": str(one.get("value", "")),
                **({"ResourceName": one["resource"]} if one.get("resource") else {}),
            }
            for one in body.get("settings") or ()
        ],
    }
    return {"ConfigurationSettings": [description]}


def describe_health(request: Request) -> Values:
    """Its colour and why."""
    body = _of(request).body
    rows = beanstalk_instances.health(request.aws.folder, body["name"])
    status, _, colour = rows[0][1].partition(", ")
    word = {"Green": "Ok", "Red": "Severe", "Yellow": "Warning"}.get(colour, "Pending")
    causes = [words for kind, words in rows[1:] if kind == "cause"]
    return {
        "EnvironmentName": body["name"],
        "HealthStatus": word,
        "Status": status,
        "Color": colour,
        "Causes": causes,
        "RefreshedAt": datetime.now(UTC),
    }


def describe_events(request: Request) -> Values:
    """What happened, the latest first."""
    values, rows = request.values, []
    ranks = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
    least = ranks.index(values.get("Severity", "TRACE"))
    for thing in request.things("environment"):
        body = thing.body
        fits = (
            values.get("ApplicationName") in (None, body["application"]),
            values.get("EnvironmentName") in (None, body["name"]),
            values.get("EnvironmentId") in (None, body["id"]),
        )
        if not all(fits):
            continue
        for event in request.store.events(body["id"]):
            at = moment(event.at)
            since, until = (_aware(values.get(name)) for name in ("StartTime", "EndTime"))
            if ranks.index(event.severity) < least or (since and at < since) or (until and at >= until):
                continue
            place = {"ApplicationName": body["application"], "EnvironmentName": body["name"]}
            rows.append({"EventDate": at, "Message": event.message, "Severity": event.severity, **place})
    rows.sort(key=lambda row: row["EventDate"], reverse=True)
    page, more = _page(rows, values)
    return {"Events": page, **more}


def check_dns(request: Request) -> Values:
    """Whether a prefix is free."""
    prefix = request.values["CNAMEPrefix"]
    taken = any(thing.body.get("cnamePrefix") == prefix for thing in request.things("environment"))
    name = f"{prefix}.{request.aws.region}.{beanstalk_instances.SUFFIX}"
    return {"Available": not taken, "FullyQualifiedCNAME": name}


def list_stacks(_request: Request) -> Values:
    """Python's, which the sandbox runs."""
    details = [{"SolutionStackName": name, "PermittedFileTypes": ["zip"]} for name in STACKS]
    return {"SolutionStacks": list(STACKS), "SolutionStackDetails": details}


def list_tags(request: Request) -> Values:
    """Of an application, a version or an environment, by its ARN."""
    kind, thing = _by_arn(request)
    del kind
    return {"ResourceArn": request.values["ResourceArn"], "ResourceTags": tags.listed(thing.body.get("tags") or {})}


def update_tags(request: Request) -> Values:
    """Add some, take some away."""
    kind, thing = _by_arn(request)
    with request.store.transaction() as now:
        body = now.get(kind, thing.name) or thing.body
        merged = {**(body.get("tags") or {}), **tags.mapped(request.values.get("TagsToAdd"))}
        for key in request.values.get("TagsToRemove") or ():
            merged.pop(key, None)
        now.put(kind, thing.name, {**body, "tags": merged})
    return {}


OPERATIONS: Mapping[str, Callable[[Request], Values]] = {
    "CheckDNSAvailability": check_dns,
    "CreateApplication": create_application,
    "CreateApplicationVersion": create_version,
    "CreateEnvironment": create_environment,
    "DeleteApplication": delete_application,
    "DeleteApplicationVersion": delete_version,
    "DescribeApplications": describe_applications,
    "DescribeApplicationVersions": describe_versions,
    "DescribeConfigurationSettings": describe_settings,
    "DescribeEnvironmentHealth": describe_health,
    "DescribeEnvironmentResources": describe_resources,
    "DescribeEnvironments": describe_environments,
    "DescribeEvents": describe_events,
    "ListAvailableSolutionStacks": list_stacks,
    "ListTagsForResource": list_tags,
    "TerminateEnvironment": terminate_environment,
    "UpdateApplication": update_application,
    "UpdateApplicationResourceLifecycle": update_lifecycle,
    "UpdateApplicationVersion": update_version,
    "UpdateEnvironment": update_environment,
    "UpdateTagsForResource": update_tags,
}
"""What is served; of every other operation of the model the answer says that it is not."""
UNSERVED = {"templateName": "TemplateName", "platformArn": "PlatformArn"}


def _begin(act: Callable[[], object], begun: Callable[[], object]) -> None:
    """Run what takes long in a thread; returns once it has begun. Raises what it raises before that."""
    failures: list[CloudError] = []

    def run() -> None:
        try:
            act()
        except CloudError as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE
    while thread.is_alive() and not begun() and time.monotonic() < until:
        thread.join(0.02)
    if failures and not begun() and failures[0].id is None:
        raise failures[0]


def _hold(new: Props) -> None:
    for problem in beanstalk_settings.check(new).values():
        code = "ConfigurationValidationException" if problem.startswith("Configuration") else "InvalidParameterValue"
        raise QueryError(code, problem)


def _settings(options: Any) -> list[Props]:  # noqa: ANN401
    return [
        {
            "namespace": one.get("Namespace", ""),
            "name": one.get("OptionName", ""),
            "value": one.get("Value", ""),
            **({"resource": one["ResourceName"]} if one.get("ResourceName") else {}),
        }
        for one in options or ()
    ]


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
    aws, name, body = request.aws, _last(thing), thing.body
    labels = [_last(one) for one in request.things("version", f"{name}/")]
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
        "VersionLabel": _last(thing),
        "SourceBundle": {"S3Bucket": body["bucket"], "S3Key": body["key"]},
        "DateCreated": moment(body["created"]),
        "DateUpdated": moment(body["created"]),
        "Status": "PROCESSED" if body.get("process") else "UNPROCESSED",
    }


def _environment(request: Request, thing: Thing) -> Values:
    body = thing.body
    outputs = beanstalk_environments.read(request.aws, body["id"]) or {}
    health = {"Green": "Ok", "Red": "Severe", "Yellow": "Warning"}.get(body["health"], "Pending")
    return {
        "EnvironmentName": body["name"],
        "EnvironmentId": body["id"],
        "ApplicationName": body["application"],
        "SolutionStackName": body.get("solutionStackName", ""),
        "Description": body.get("description") or "",
        "EndpointURL": outputs.get("endpointUrl", ""),
        "CNAME": outputs.get("cname", ""),
        "DateCreated": moment(body["made"]),
        "DateUpdated": moment(body["made"]),
        "Status": body["status"],
        "AbortableOperationInProgress": body["status"] in ("Launching", "Updating"),
        "Health": body["health"],
        "HealthStatus": health,
        "Tier": {"Name": "WebServer", "Type": "Standard", "Version": "1.0"},
        "EnvironmentLinks": [],
        "EnvironmentArn": outputs.get("arn", ""),
        **({"VersionLabel": outputs["version"]} if outputs.get("version") else {}),
    }


def _of(request: Request) -> Thing:
    """The environment that a request names. Raises :class:`QueryError`."""
    name, id = request.values.get("EnvironmentName"), request.values.get("EnvironmentId")
    if not (name or id):
        raise QueryError("InvalidParameterCombination", "Either EnvironmentName or EnvironmentId is required.")
    for thing in request.things("environment"):
        if name in (None, thing.body["name"]) and id in (None, thing.body["id"]):
            return thing
    what = f"EnvironmentName = '{name}'" if name else f"EnvironmentId = '{id}'"
    raise QueryError("InvalidParameterValue", f"No Environment found for {what}.")


def _there(request: Request, kind: Any, name: str) -> Props | None:  # noqa: ANN401
    return request.store.get(kind, f"{request.aws.region}/{name}")


def _existing(request: Request, kind: Any, name: str) -> Thing:  # noqa: ANN401
    """A thing by its name. Raises :class:`QueryError`."""
    body = _there(request, kind, name)
    if body is None:
        words = {"application": "Application", "version": "Application Version", "environment": "Environment"}[kind]
        raise QueryError("InvalidParameterValue", f"No {words} named '{name.rsplit('/', 1)[-1]}' found.")
    return Thing(f"{request.aws.region}/{name}", body)


def _by_arn(request: Request) -> tuple[Any, Thing]:
    arn = request.values["ResourceArn"]
    kind, _, name = arn.rsplit(":", 1)[-1].partition("/")
    kinds = {"application": "application", "applicationversion": "version", "environment": "environment"}
    if kind not in kinds:
        raise QueryError("ResourceTypeNotSupportedException", f"The sandbox keeps no tags of {arn}.")
    place = name.rsplit("/", 1)[-1] if kind == "environment" else name
    body = _there(request, kinds[kind], place)
    if body is None:
        raise QueryError("ResourceNotFoundException", f"Resource not found: {arn}")
    return kinds[kind], Thing(f"{request.aws.region}/{place}", body)


def _page(items: list[Any], values: Values) -> tuple[list[Any], Values]:
    """A page of a list, and the token of the next one."""
    most = int(values.get("MaxRecords") or 1000)
    token = values.get("NextToken") or "0"
    start = int(token) if token.isdigit() else 0
    more = {"NextToken": str(start + most)} if start + most < len(items) else {}
    return items[start : start + most], more


def _aware(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _last(thing: Thing) -> str:
    return thing.name.rsplit("/", 1)[-1]
