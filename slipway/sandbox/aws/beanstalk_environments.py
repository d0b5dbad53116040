"""Elastic Beanstalk's environments, as the provider asks Beanstalk's own API for them.

check -> a call creates, updates or terminates -> waited for until it is Ready, or gone -> the errors among its events
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from slipway.sandbox.aws import beanstalk_settings as settings
from slipway.sandbox.aws import tags
from slipway.sandbox.aws.beanstalk import SERVICE, carried_tags, described, replace_tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

ID = re.compile(r"e-[a-z0-9]{10}")
"""As Beanstalk draws it."""
TIMEOUT = "20m"
"""The provider's ``waitForReadyTimeout`` where the program gives none."""
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
LOOK_SECONDS = (0.05, 0.5)
"""Between two looks at an environment that is waited for: at first, and at most."""
OPTIONS = {"version": "VersionLabel", "solutionStackName": "SolutionStackName"}
"""Inputs that an update gives by these names."""
CHANGED = frozenset({*OPTIONS, "description", "settings"})
RESOURCES = {
    "autoscalingGroups": ("AutoScalingGroups", "Name"),
    "instances": ("Instances", "Id"),
    "launchConfigurations": ("LaunchConfigurations", "Name"),
    "loadBalancers": ("LoadBalancers", "Name"),
    "queues": ("Queues", "URL"),
    "triggers": ("Triggers", "Name"),
}
"""Outputs -> what describe_environment_resources lists, and which name of it."""


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Launch the environment. One whose app does not start is there all the same, Red."""
    name, since = new["name"], datetime.now(UTC)
    aws.in_region(new)
    described_as = {"Description": new["description"]} if new.get("description") else {}
    prefix = {"CNAMEPrefix": new["cnamePrefix"]} if new.get("cnamePrefix") else {}
    with refusals(f"creating Elastic Beanstalk Environment ({name})"):
        id = aws.client(SERVICE).create_environment(
            ApplicationName=new["application"],
            EnvironmentName=name,
            **described_as,
            **prefix,
            **_options(new),
            OptionSettings=_listed(new),
            Tier={"Name": new.get("tier") or "WebServer", "Type": "Standard"},
            Tags=tags.listed(tags.outgoing(new)),
        )["EnvironmentId"]
    return id, _ready(aws, id, new, "create", since)


def read(aws: Aws, id: str) -> Props | None:
    """The environment, by its id or its name. ``waitForReadyTimeout`` is the program's alone: left out."""
    client = aws.client(SERVICE)
    with refusals(f"reading Elastic Beanstalk Environment ({id})"):
        there = _existing(aws, id)
        if there is None:
            return None
        name = there["EnvironmentName"]
        configuration = client.describe_configuration_settings(
            ApplicationName=there["ApplicationName"], EnvironmentName=name
        )["ConfigurationSettings"][0]
        resources = client.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]
        carried = carried_tags(aws, there["EnvironmentArn"])
    options = [_setting(one) for one in configuration["OptionSettings"]]
    prefix, _, rest = there["CNAME"].partition(".")
    return {
        "name": name,
        "application": there["ApplicationName"],
        "solutionStackName": there["SolutionStackName"],
        "tier": there["Tier"]["Name"],
        **described(there),
        **({"version": there["VersionLabel"]} if there.get("VersionLabel") else {}),
        # Where the program gives no prefix, Beanstalk's own comes before a second part that is drawn.
        **({"cnamePrefix": prefix} if rest.startswith(f"{aws.region}.") else {}),
        "settings": options,
        "allSettings": options,
        "arn": there["EnvironmentArn"],
        "cname": there["CNAME"],
        "endpointUrl": there["EndpointURL"],
        **{key: [one[part] for one in resources[kind]] for key, (kind, part) in RESOURCES.items()},
        "region": aws.region,
        **tags.incoming(carried),
    }


def update(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change it. A new version answers before the old one ends; one that does not start leaves the old one there."""
    client, doing = aws.client(SERVICE), f"updating Elastic Beanstalk Environment ({id})"
    there, since = _settled(aws, id, new, "update"), datetime.now(UTC)
    if there is None:
        raise CloudError(f"{doing}: it is gone")
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    with refusals(doing):
        replace_tags(aws, there["EnvironmentArn"], new)
        if not changed & CHANGED and there["Health"] == "Green":
            return read(aws, id) or {}
        now = client.describe_configuration_settings(
            ApplicationName=there["ApplicationName"], EnvironmentName=there["EnvironmentName"]
        )["ConfigurationSettings"][0]["OptionSettings"]
        options = {(one["Namespace"], one["OptionName"]) for one in _listed(new)}
        removed = [
            {"Namespace": one["Namespace"], "OptionName": one["OptionName"]}
            for one in now
            if (one["Namespace"], one["OptionName"]) not in options
        ]
        client.update_environment(
            EnvironmentId=id,
            Description=new.get("description") or "",
            **_options(new),
            OptionSettings=_listed(new),
            OptionsToRemove=removed,
        )
    return _ready(aws, id, new, "update", since)


def delete(aws: Aws, id: str, old: Props) -> None:
    """Terminate it with its instances, and wait for its end."""
    with refusals(f"deleting Elastic Beanstalk Environment ({id})"):
        there = _settled(aws, id, old, "delete")
        if there is None:
            return
        aws.client(SERVICE).terminate_environment(EnvironmentId=there["EnvironmentId"])
    _wait(aws, id, old, "delete", lambda environment: environment is None)


def id_at(aws: Aws, name: str) -> str:
    """The id of the environment that has a name now."""
    there = _existing(aws, name)
    return there["EnvironmentId"] if there else name


def seconds(duration: str) -> float:
    """A duration as Go writes it (``20m``, ``1h30m``)."""
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"(\d+(?:\.\d+)?)([hms])", duration))


def _ready(aws: Aws, id: str, new: Props, verb: str, since: datetime) -> Props:
    """The environment once it is Ready. Raises :class:`CloudError` with it and the errors among its events."""
    _settled(aws, id, new, verb)
    outputs = read(aws, id) or {}
    with refusals(f"reading the events of Elastic Beanstalk Environment ({id})"):
        events = aws.client(SERVICE).describe_events(EnvironmentId=id, Severity="ERROR", StartTime=since)["Events"]
    if events:
        lines = [f"\n\t* {e['EventDate']:%Y-%m-%d %H:%M:%S.%f} +0000 UTC ({id}) : {e['Message']}" for e in events[::-1]]
        raise CloudError(
            f"waiting for Elastic Beanstalk Environment ({id}) {verb}: {len(events)} errors occurred:{''.join(lines)}",
            id=id,
            properties={**new, **outputs},
        )
    return outputs


def _settled(aws: Aws, id: str, inputs: Props, verb: str) -> Any:  # noqa: ANN401 - boto3's own
    """The environment once nothing is being done to it; None where it is gone."""
    return _wait(aws, id, inputs, verb, lambda there: there is None or there["Status"] == "Ready")


def _wait(aws: Aws, id: str, inputs: Props, verb: str, done: Callable[[Any], bool]) -> Any:  # noqa: ANN401
    """The environment once it is as it is waited for. Raises :class:`CloudError` after ``waitForReadyTimeout``."""
    doing = f"waiting for Elastic Beanstalk Environment ({id}) {verb}"
    timeout = inputs.get("waitForReadyTimeout") or TIMEOUT
    until, (pause, most) = time.monotonic() + seconds(timeout), LOOK_SECONDS
    while True:
        with refusals(doing):
            there = _existing(aws, id)
        if done(there):
            return there
        if time.monotonic() > until:
            raise CloudError(
                f"{doing}: timeout while waiting for state to become 'Ready' (last state: '{there['Status']}', "
                f"timeout: {timeout}): give the environment a longer waitForReadyTimeout",
                id=id,
                properties=inputs,
            )
        time.sleep(pause)
        pause = min(pause * 1.5, most)


def _existing(aws: Aws, id: str) -> Any:  # noqa: ANN401 - boto3's own
    by: dict[str, Any] = {"EnvironmentIds": [id]} if ID.fullmatch(id) else {"EnvironmentNames": [id]}
    return next(iter(aws.client(SERVICE).describe_environments(**by, IncludeDeleted=False)["Environments"]), None)


def _options(new: Props) -> dict[str, str]:
    return {api: new[key] for key, api in OPTIONS.items() if new.get(key)}


def _listed(new: Props) -> list[dict[str, str]]:
    """The settings as Beanstalk takes them."""
    return [
        {
            "Namespace": one["namespace"],
            "OptionName": one["name"],
            "Value": str(one.get("value", "")),
            **({"ResourceName": one["resource"]} if one.get("resource") else {}),
        }
        for one in new.get("settings") or ()
    ]


def _setting(one: Props) -> Props:
    """A setting as the program has it."""
    resource = {"resource": one["ResourceName"]} if one.get("ResourceName") else {}
    return {"namespace": one["Namespace"], "name": one["OptionName"], "value": one.get("Value", ""), **resource}


COMPUTED = frozenset(
    {
        *("allSettings", "arn", "autoscalingGroups", "cname", "endpointUrl", "instances", "launchConfigurations"),
        *("loadBalancers", "queues", "tagsAll", "triggers"),
    }
)
HANDLERS = {
    "aws:elasticbeanstalk/environment:Environment": Handler(
        check=settings.check,
        defaults=lambda new: {"tier": "WebServer", "waitForReadyTimeout": TIMEOUT, **new},
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        id_at=id_at,
        replace_on=frozenset({"cnamePrefix", "name", "region", "tier"}),
        computed=COMPUTED,
        volatile=frozenset({"allSettings", "instances", "tagsAll"}),
        echoes={"allSettings": "settings"},
    )
}
