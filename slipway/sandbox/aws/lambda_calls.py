"""What Lambda does with calls without an answer: how often they are tried again, and where a failure is sent."""

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.lambda_names import short
from slipway.sandbox.aws.roles import refuse_unless_allowed
from slipway.sandbox.handler import Calls, Handler, Props

SEND = {"sqs": "sqs:SendMessage"}
"""By the service of a destination, what the function's role needs for it."""
OLDEST = 21_600
"""Seconds that Lambda keeps a call, by default."""


def check(new: Props) -> dict[str, str]:
    """The rules of https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html."""
    wrong = {}
    retries, age = new.get("maximumRetryAttempts", 2), new.get("maximumEventAgeInSeconds") or OLDEST
    if isinstance(retries, int | float) and not 0 <= retries <= 2:
        wrong["maximumRetryAttempts"] = f"expected maximumRetryAttempts to be in the range (0 - 2), got {retries:g}"
    if isinstance(age, int | float) and not 60 <= age <= OLDEST:
        wrong["maximumEventAgeInSeconds"] = f"must be 60 to {OLDEST}, got {age:g}"
    destinations = new.get("destinationConfig") or {}
    if isinstance(destinations, dict) and destinations.get("onSuccess"):
        wrong["destinationConfig.onSuccess"] = "the sandbox tells of failures alone: leave it out"
    return wrong


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Set it, once the function's role may send where failures go."""
    aws.in_region(new)
    id = id_of(aws, new)
    return id, update(aws, id, {}, new)


def id_of(_aws: Aws, new: Props) -> str:
    """``function:qualifier``."""
    function, qualifier = short(new["functionName"]), new.get("qualifier") or ""
    return f"{function}:{qualifier}" if qualifier else function


def read(aws: Aws, id: str) -> Props | None:
    """The settings as Lambda has them."""
    with refusals(f"reading Lambda Function Event Invoke Config ({id})"):
        there = unless_gone(aws.client("lambda").get_function_event_invoke_config, **_target(id))
    if there is None:
        return None
    function, _, qualifier = id.partition(":")
    failures = (there.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    return {
        "functionName": function,
        "qualifier": qualifier or None,
        "region": aws.region,
        "maximumRetryAttempts": there.get("MaximumRetryAttempts", 2),
        "destinationConfig": {"onFailure": {"destination": failures}} if failures else None,
        **({"maximumEventAgeInSeconds": age} if (age := there.get("MaximumEventAgeInSeconds")) != OLDEST else {}),
    }


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Set it anew."""
    doing, client = f"putting Lambda Function Event Invoke Config ({id})", aws.client("lambda")
    failures = ((new.get("destinationConfig") or {}).get("onFailure") or {}).get("destination")
    if failures:
        action = SEND.get(failures.split(":")[2], "")
        with refusals(doing):
            role = client.get_function_configuration(**_target(id))["Role"]
        refuse_unless_allowed(
            aws,
            role,
            [action],
            failures,
            f"{doing}: operation error PutFunctionEventInvokeConfig, InvalidParameterValueException: The function's "
            f"execution role does not have permissions to call {{action}} on {failures}",
        )
    with refusals(doing):
        client.put_function_event_invoke_config(
            **_target(id),
            MaximumRetryAttempts=int(new.get("maximumRetryAttempts", 2)),
            **({"MaximumEventAgeInSeconds": int(age)} if (age := new.get("maximumEventAgeInSeconds")) else {}),
            **({"DestinationConfig": {"OnFailure": {"Destination": failures}}} if failures else {}),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Take it off."""
    with refusals(f"deleting Lambda Function Event Invoke Config ({id})"):
        unless_gone(aws.client("lambda").delete_function_event_invoke_config, **_target(id))


def _target(id: str) -> Props:
    function, _, qualifier = id.partition(":")
    return {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}


HANDLERS = {
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Handler(
        check=check,
        defaults=lambda new: {"maximumRetryAttempts": 2, **new},
        calls=Calls(create=create, read=read, update=update, delete=delete),
        identify=id_of,
        overwrites=True,
        replace_on=frozenset({"functionName", "qualifier", "region"}),
    )
}
