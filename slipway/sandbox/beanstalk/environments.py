"""Environments: launched, updated and terminated, and shown as Beanstalk shows them."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from slipway.sandbox.aws import beanstalk_instances, beanstalk_settings, tags
from slipway.sandbox.beanstalk import deployments
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.beanstalk.request import Request, Values, aware, environment_of, existing, moment, page_of
from slipway.sandbox.handler import CloudError, Props
from slipway.sandbox.stores.beanstalk import Thing

PATIENCE = 20.0
"""Seconds until an environment that is asked for has begun, or is refused."""


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
    _begin(lambda: deployments.create(request.aws, new), lambda: request.store.get("environment", full))
    return _environment(request, existing(request, "environment", name))


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
    page, more = page_of(chosen, values)
    return {"Environments": [_environment(request, thing) for thing in page], **more}


def update_environment(request: Request) -> Values:
    """Change what is named; it is Updating when this answers, where that takes a new instance."""
    values, thing = request.values, environment_of(request)
    body, id = thing.body, thing.body["id"]
    if body["status"] != "Ready":
        message = f"Environment named {body['name']} is in an invalid state for this operation. Must be Ready."
        raise QueryError("InvalidParameterValue", message)
    old = {key: value for key, value in body.items() if key not in deployments.OWN}
    removed = {(one["Namespace"], one["OptionName"]) for one in values.get("OptionsToRemove") or ()}
    changed = {(one["namespace"], one["name"]): one for one in _settings(values.get("OptionSettings"))}
    before = {(one["namespace"], one["name"]): one for one in old.get("settings") or ()}
    # In the order of the request: who gives all of them reads them back as they are.
    settings = {key: one for key, one in {**changed, **before, **changed}.items() if key not in removed}
    keys = {"version": "VersionLabel", "solutionStackName": "SolutionStackName", "description": "Description"}
    new = {**old, "settings": list(settings.values()), **{k: values[api] for k, api in keys.items() if api in values}}
    _hold(new)

    def begun() -> bool:
        now = request.store.get("environment", thing.name)
        return now is not None and now["status"] == "Updating"

    _begin(lambda: deployments.update(request.aws, id, old, new), begun)
    return _environment(request, existing(request, "environment", body["name"]))


def terminate_environment(request: Request) -> Values:
    """End it with its instances; it is Terminating when this answers."""
    thing = environment_of(request)
    shown = _environment(request, thing)
    threading.Thread(target=deployments.delete, args=(request.aws, thing.body["id"]), daemon=True).start()
    return {**shown, "Status": "Terminating", "Health": "Grey"}


def describe_resources(request: Request) -> Values:
    """Its instances and what stands for the rest."""
    thing = environment_of(request)
    outputs = deployments.read(request.aws, thing.body["id"]) or {}
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
    body = environment_of(request).body
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
    body = environment_of(request).body
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
            since, until = (aware(values.get(name)) for name in ("StartTime", "EndTime"))
            if ranks.index(event.severity) < least or (since and at < since) or (until and at >= until):
                continue
            place = {"ApplicationName": body["application"], "EnvironmentName": body["name"]}
            rows.append({"EventDate": at, "Message": event.message, "Severity": event.severity, **place})
    rows.sort(key=lambda row: row["EventDate"], reverse=True)
    page, more = page_of(rows, values)
    return {"Events": page, **more}


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
    if failures:
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


def _environment(request: Request, thing: Thing) -> Values:
    body = thing.body
    outputs = deployments.read(request.aws, body["id"]) or {}
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
