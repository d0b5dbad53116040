"""How a function is reached: aliases, addresses (function URLs) and who may call it."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone, unless_taken
from slipway.sandbox.aws.lambda_functions import invoke_arn
from slipway.sandbox.handler import CloudError, Handler, Props

_ALIAS = re.compile(r"^(?!^[0-9]+$)[a-zA-Z0-9-_]{1,128}$", re.ASCII)
_ACTION = re.compile(r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$")
_STATEMENT = re.compile(r"^[\w-]{1,100}$", re.ASCII)
AUTH_TYPES = ("AWS_IAM", "NONE")
INVOKE_MODES = ("BUFFERED", "RESPONSE_STREAM")


def check_alias(new: Props) -> dict[str, str]:
    """What Lambda refuses of an alias."""
    name = new.get("name")
    if name is None or _ALIAS.match(name):
        return {}
    return {"name": f"invalid value for name (must be 1 to 128 letters, digits, '-', '_' and not digits alone): {name}"}


def create_alias(aws: Aws, new: Props) -> tuple[str, Props]:
    """Point a name at a published version."""
    function, name, client = _short(new["functionName"]), new["name"], aws.client("lambda")
    aws.in_region(new)
    doing = f"creating Lambda Alias ({function}:{name})"
    _refuse_version(aws, function, new, doing, "CreateAlias")
    id = f"{function}/{name}"
    with refusals(doing):
        made = unless_taken(client.create_alias, "ResourceConflictException", FunctionName=function, Name=name,
                            **_alias_request(new))  # fmt: skip
    there = read_alias(aws, id) or {}
    if made is None and _alias_request(there) != _alias_request(new):
        arn = there.get("arn", f"{function}:{name}")
        raise CloudError(
            f"{doing}: operation error CreateAlias, ResourceConflictException: Alias already exists: {arn}"
        )
    return id, there


def read_alias(aws: Aws, id: str) -> Props | None:
    """The alias as Lambda has it. ``id`` is ``function/alias``."""
    function, _, name = id.partition("/")
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
    function, _, name = id.partition("/")
    doing = f"updating Lambda Alias ({function}:{name})"
    _refuse_version(aws, function, new, doing, "UpdateAlias")
    with refusals(doing):
        aws.client("lambda").update_alias(FunctionName=function, Name=name, **_alias_request(new))
    return read_alias(aws, id) or {}


def delete_alias(aws: Aws, id: str, _old: Props) -> None:
    """Delete the alias; its version stays."""
    function, _, name = id.partition("/")
    with refusals(f"deleting Lambda Alias ({id})"):
        # AWS drops an alias's address with it; the emulator keeps it.
        unless_gone(aws.client("lambda").delete_function_url_config, FunctionName=function, Qualifier=name)
        unless_gone(aws.client("lambda").delete_alias, FunctionName=function, Name=name)


def check_url(new: Props) -> dict[str, str]:
    """What Lambda refuses of an address."""
    wrong: dict[str, str] = {}
    for key, allowed in (("authorizationType", AUTH_TYPES), ("invokeMode", INVOKE_MODES)):
        if new.get(key) not in (None, *allowed):
            quoted = " ".join(f'"{one}"' for one in allowed)
            wrong[key] = f"expected {key} to be one of [{quoted}], got {new[key]}"
    if new.get("qualifier") and not _ALIAS.match(new["qualifier"]):
        wrong["qualifier"] = f"a function URL takes an alias or nothing as its qualifier, got {new['qualifier']}"
    return wrong


def url_defaults(new: Props) -> Props:
    """The provider's default: the answer is sent once it is whole."""
    return by_name({"invokeMode": "BUFFERED", **new})


def by_name(new: Props) -> Props:
    """A function given by its ARN, by its name: the provider takes the two for the same."""
    return {**new, **{key: _short(new[key]) for key in ("functionName", "function") if isinstance(new.get(key), str)}}


def create_url(aws: Aws, new: Props) -> tuple[str, Props]:
    """Give the function, or its alias, an address."""
    function, qualifier = _short(new["functionName"]), new.get("qualifier") or ""
    aws.in_region(new)
    id = f"{function}/{qualifier}" if qualifier else function
    doing = f"creating Lambda Function URL ({id})"
    with refusals(doing):
        made = unless_taken(
            aws.client("lambda").create_function_url_config,
            "ResourceConflictException",
            **_url_request(id, new),
        )
    there = read_url(aws, id) or {}
    if made is None and any(there.get(key) != new.get(key) for key in ("authorizationType", "invokeMode", "cors")):
        raise CloudError(
            f"{doing}: operation error CreateFunctionUrlConfig, ResourceConflictException: "
            f"Failed to create function url config for [functionArn = {there.get('functionArn')}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function"
        )
    return id, there


def read_url(aws: Aws, id: str) -> Props | None:
    """The address as Lambda has it, by which the emulator is reached. ``id`` is ``function[/alias]``."""
    function, _, qualifier = id.partition("/")
    with refusals(f"reading Lambda Function URL ({id})"):
        there = unless_gone(aws.client("lambda").get_function_url_config, **_target(id))
    if there is None:
        return None
    url_id = urlsplit(there["FunctionUrl"]).netloc.split(".")[0]
    arn = there["FunctionArn"]
    return {
        "functionName": function,
        "qualifier": qualifier or None,
        "authorizationType": there["AuthType"],
        "invokeMode": there.get("InvokeMode", "BUFFERED"),
        "cors": {key[0].lower() + key[1:]: value for key, value in there["Cors"].items()}
        if there.get("Cors")
        else None,
        "region": aws.region,
        "functionArn": f"{arn}:{qualifier}" if qualifier and not arn.endswith(f":{qualifier}") else arn,
        "functionUrl": local_url(aws, url_id),
        "urlId": url_id,
    }


def update_url(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change who may call the address and how it answers."""
    with refusals(f"updating Lambda Function URL ({id})"):
        request = _url_request(id, new)
        aws.client("lambda").update_function_url_config(**{"Cors": {}, **request})
    return read_url(aws, id) or {}


def delete_url(aws: Aws, id: str, _old: Props) -> None:
    """Take the address away."""
    with refusals(f"deleting Lambda Function URL ({id})"):
        unless_gone(aws.client("lambda").delete_function_url_config, **_target(id))


def local_url(aws: Aws, url_id: str) -> str:
    """Where the emulator serves an address; in AWS it is ``https://<url_id>.lambda-url.<region>.on.aws/``."""
    return f"http://{url_id}.lambda-url.{aws.region}.localhost:{urlsplit(aws.endpoint or '').port}/"


def check_permission(new: Props) -> dict[str, str]:
    """What Lambda refuses of a permission: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html."""
    wrong: dict[str, str] = {}
    action, statement = new.get("action"), new.get("statementId")
    if action is not None and not _ACTION.match(action):
        wrong["action"] = f"invalid value for action (must be lambda:*, lambda:<Action> or *): {action}"
    if statement is not None and not _STATEMENT.match(statement):
        wrong["statementId"] = f"invalid value for statementId (1 to 100 letters, digits, '-' and '_'): {statement}"
    auth = new.get("functionUrlAuthType")
    if auth not in (None, *AUTH_TYPES):
        wrong["functionUrlAuthType"] = f'expected functionUrlAuthType to be one of ["AWS_IAM" "NONE"], got {auth}'
    elif auth and action not in (None, "lambda:InvokeFunctionUrl"):
        wrong["functionUrlAuthType"] = (
            "InvalidParameterValueException: FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"
        )
    if new.get("invokedViaFunctionUrl") and action not in (None, "lambda:InvokeFunction"):
        wrong["invokedViaFunctionUrl"] = (
            "InvalidParameterValueException: InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action"
        )
    return wrong


def create_permission(aws: Aws, new: Props) -> tuple[str, Props]:
    """Add a statement to the policy of the function, or of one of its qualifiers."""
    function, qualifier, statement = _short(new["function"]), new.get("qualifier") or "", new["statementId"]
    aws.in_region(new)
    id = f"{function}:{qualifier}/{statement}" if qualifier else f"{function}/{statement}"
    doing = f"adding Lambda Permission ({id})"
    request = {_PERMISSION[key]: new[key] for key in _PERMISSION if new.get(key) not in (None, False)}
    with refusals(doing):
        made = unless_taken(
            aws.client("lambda").add_permission,
            "ResourceConflictException",
            FunctionName=function,
            **request,
            **({"Qualifier": qualifier} if qualifier else {}),
        )
    there = read_permission(aws, id) or {}
    if made is None and any(there.get(key) != new.get(key) for key in _PERMISSION):
        raise CloudError(
            f"{doing}: operation error AddPermission, ResourceConflictException: The statement id ({statement}) "
            "provided already exists. Please provide a new statement id, or remove the existing statement."
        )
    return id, there


def read_permission(aws: Aws, id: str) -> Props | None:
    """The statement as the policy has it. ``id`` is ``function[:qualifier]/statement``, as for an import."""
    target, _, statement_id = id.rpartition("/")
    function, _, qualifier = target.partition(":")
    with refusals(f"reading Lambda Permission ({id})"):
        answer = unless_gone(
            aws.client("lambda").get_policy,
            FunctionName=function,
            **({"Qualifier": qualifier} if qualifier else {}),
        )
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    there = next((one for one in statements if one.get("Sid") == statement_id), None)
    return there and {
        "function": function,
        "qualifier": qualifier or None,
        "statementId": statement_id,
        "action": there["Action"],
        "principal": _principal(there["Principal"]),
        "region": aws.region,
        **_conditions(there.get("Condition") or {}),
    }


def delete_permission(aws: Aws, id: str, _old: Props) -> None:
    """Remove the statement."""
    target, _, statement_id = id.rpartition("/")
    function, _, qualifier = target.partition(":")
    with refusals(f"removing Lambda Permission ({id})"):
        unless_gone(
            aws.client("lambda").remove_permission,
            FunctionName=function,
            StatementId=statement_id,
            **({"Qualifier": qualifier} if qualifier else {}),
        )


_PERMISSION = {
    "statementId": "StatementId",
    "action": "Action",
    "principal": "Principal",
    "principalOrgId": "PrincipalOrgID",
    "sourceArn": "SourceArn",
    "sourceAccount": "SourceAccount",
    "eventSourceToken": "EventSourceToken",
    "functionUrlAuthType": "FunctionUrlAuthType",
    "invokedViaFunctionUrl": "InvokedViaFunctionUrl",
}
_CONDITIONS = {
    "aws:principalorgid": "principalOrgId",
    "aws:sourcearn": "sourceArn",
    "aws:sourceaccount": "sourceAccount",
    "lambda:eventsourcetoken": "eventSourceToken",
    "lambda:functionurlauthtype": "functionUrlAuthType",
    "lambda:invokedviafunctionurl": "invokedViaFunctionUrl",
}


def _conditions(there: Props) -> Props:
    named = {_CONDITIONS[key.lower()]: value for block in there.values() for key, value in block.items()}
    if "invokedViaFunctionUrl" in named:
        named["invokedViaFunctionUrl"] = str(named["invokedViaFunctionUrl"]).lower() == "true"
    return {key: named.get(key) for key in _CONDITIONS.values()}


def _principal(there: Any) -> str:  # noqa: ANN401 - a string or a mapping, as IAM writes it
    return there if isinstance(there, str) else next(iter(there.values()))


def _alias_request(new: Props) -> Props:
    weights = (new.get("routingConfig") or {}).get("additionalVersionWeights") or {}
    return {
        "FunctionVersion": new.get("functionVersion", ""),
        "Description": new.get("description") or "",
        "RoutingConfig": {"AdditionalVersionWeights": weights},
    }


def _url_request(id: str, new: Props) -> Props:
    cors = {key[0].upper() + key[1:]: value for key, value in (new.get("cors") or {}).items() if value is not None}
    if "MaxAge" in cors:
        cors["MaxAge"] = int(cors["MaxAge"])
    return {
        **_target(id),
        "AuthType": new["authorizationType"],
        "InvokeMode": new.get("invokeMode") or "BUFFERED",
        **({"Cors": cors} if cors else {}),
    }


def _target(id: str) -> Props:
    function, _, qualifier = id.partition("/")
    return {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}


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


def _short(function: str) -> str:
    return function.split(":")[6] if function.startswith("arn:") else function


HANDLERS = {
    "aws:lambda/alias:Alias": Handler(
        check=check_alias,
        defaults=by_name,
        create=create_alias,
        read=read_alias,
        update=update_alias,
        delete=delete_alias,
        auto_name="name",
        replace_on=frozenset({"name", "functionName", "region"}),
        computed=frozenset({"arn", "invokeArn"}),
    ),
    "aws:lambda/functionUrl:FunctionUrl": Handler(
        check=check_url,
        defaults=url_defaults,
        create=create_url,
        read=read_url,
        update=update_url,
        delete=delete_url,
        replace_on=frozenset({"functionName", "qualifier", "region"}),
        delete_before_replace=True,
        computed=frozenset({"functionArn", "functionUrl", "urlId"}),
    ),
    "aws:lambda/permission:Permission": Handler(
        check=check_permission,
        defaults=by_name,
        create=create_permission,
        read=read_permission,
        delete=delete_permission,
        auto_name="statementId",
        delete_before_replace=True,
    ),
}
