"""Aliases: names that point at a function's published versions."""

import re

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.lambda_functions import invoke_arn
from slipway.sandbox.aws.lambda_names import by_name, short
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

NAME = re.compile(r"^(?!^[0-9]+$)[a-zA-Z0-9-_]{1,128}$", re.ASCII)


def check_alias(new: Props) -> dict[str, str]:
    """What Lambda refuses of an alias."""
    name = new.get("name")
    if name is None or NAME.match(name):
        return {}
    return {"name": f"invalid value for name (must be 1 to 128 letters, digits, '-', '_' and not digits alone): {name}"}


def create_alias(aws: Aws, new: Props) -> tuple[str, Props]:
    """Point a name at a published version."""
    function, name, client = short(new["functionName"]), new["name"], aws.client("lambda")
    aws.in_region(new)
    doing = f"creating Lambda Alias ({function}:{name})"
    _refuse_version(aws, function, new, doing, "CreateAlias")
    with refusals(doing):
        client.create_alias(FunctionName=function, Name=name, **_alias_request(new))
    id = alias_arn(aws, new)
    return id, read_alias(aws, id) or {}


def alias_arn(aws: Aws, new: Props) -> str:
    """The alias's id: its ARN."""
    return f"arn:aws:lambda:{aws.region}:{aws.account}:function:{short(new['functionName'])}:{new['name']}"


def read_alias(aws: Aws, id: str) -> Props | None:
    """The alias as Lambda has it. ``id`` is its ARN, for an import ``function/alias``."""
    function, name = _named(id)
    with refusals(f"reading Lambda Alias ({id})"):
        there = unless_gone(aws.client("lambda").get_alias, FunctionName=function, Name=name)
    if there is None:
        return None
    weights = there.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    return {
        "name": name,
        "functionName": function,
        "functionVersion": there["FunctionVersion"],
        "description": there.get("Description", ""),
        "routingConfig": {"additionalVersionWeights": weights} if weights else None,
        "region": aws.region,
        "arn": there["AliasArn"],
        "invokeArn": invoke_arn(aws, there["AliasArn"]),
    }


def update_alias(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Point the alias elsewhere."""
    function, name = _named(id)
    doing = f"updating Lambda Alias ({function}:{name})"
    _refuse_version(aws, function, new, doing, "UpdateAlias")
    with refusals(doing):
        aws.client("lambda").update_alias(FunctionName=function, Name=name, **_alias_request(new))
    return read_alias(aws, id) or {}


def delete_alias(aws: Aws, id: str, _old: Props) -> None:
    """Delete the alias; its version stays."""
    function, name = _named(id)
    with refusals(f"deleting Lambda Alias ({id})"):
        # AWS drops an alias's address with it; the emulator keeps it.
        unless_gone(aws.client("lambda").delete_function_url_config, FunctionName=function, Qualifier=name)
        unless_gone(aws.client("lambda").delete_alias, FunctionName=function, Name=name)


def _named(id: str) -> tuple[str, str]:
    """The function and the alias that an id names."""
    function, _, name = id.split(":", 6)[6].partition(":") if id.startswith("arn:") else id.partition("/")
    return function, name


def _alias_request(new: Props) -> Props:
    weights = (new.get("routingConfig") or {}).get("additionalVersionWeights") or {}
    return {
        "FunctionVersion": new.get("functionVersion", ""),
        "Description": new.get("description") or "",
        "RoutingConfig": {"AdditionalVersionWeights": weights},
    }


def _refuse_version(aws: Aws, function: str, new: Props, doing: str, operation: str) -> None:
    """Lambda points an alias only at a version that exists; the emulator takes any."""
    weights = (new.get("routingConfig") or {}).get("additionalVersionWeights") or {}
    with refusals(doing):
        for version in (new["functionVersion"], *weights):
            there = unless_gone(
                aws.client("lambda").get_function_configuration, FunctionName=function, Qualifier=version
            )
            if there is None:
                raise CloudError(
                    f"{doing}: operation error {operation}, ResourceNotFoundException: Function not found: "
                    f"arn:aws:lambda:{aws.region}:{aws.account}:function:{function}:{version}"
                )


HANDLERS = {
    "aws:lambda/alias:Alias": Handler(
        check=check_alias,
        defaults=by_name,
        calls=Calls(create=create_alias, read=read_alias, update=update_alias, delete=delete_alias),
        auto_name="name",
        identify=alias_arn,
        replace_on=frozenset({"name", "functionName", "region"}),
        computed=frozenset({"arn", "invokeArn"}),
    ),
}
