"""Who may call a function: the statements of its own policy."""

import json
import re
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.lambda_names import by_name, short
from slipway.sandbox.aws.lambda_urls import AUTH_TYPES
from slipway.sandbox.handler import Calls, Handler, Props

_ACTION = re.compile(r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$")
_STATEMENT = re.compile(r"^[\w-]{1,100}$", re.ASCII)


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
    aws.in_region(new)
    address = address_of(aws, new)
    request = {_PERMISSION[key]: new[key] for key in _PERMISSION if new.get(key) not in (None, False)}
    with refusals(f"adding Lambda Permission ({address})"):
        aws.client("lambda").add_permission(**_target(address), **request)
    return new["statementId"], read_permission(aws, address) or {}


def address_of(_aws: Aws, new: Props) -> str:
    """Where the statement is: ``function[:qualifier]/statement``. Its id, the statement's alone, does not say."""
    function, qualifier = short(new["function"]), new.get("qualifier") or ""
    return f"{function}:{qualifier}/{new['statementId']}" if qualifier else f"{function}/{new['statementId']}"


def refresh_permission(aws: Aws, _id: str, old: Props) -> Props | None:
    """The statement of a state as the policy has it."""
    return read_permission(aws, address_of(aws, old))


def read_permission(aws: Aws, address: str) -> Props | None:
    """The statement as the policy has it; an import names it by its address too."""
    target, _, statement_id = address.rpartition("/")
    function, _, qualifier = target.partition(":")
    with refusals(f"reading Lambda Permission ({address})"):
        answer = unless_gone(aws.client("lambda").get_policy, **_target(address))
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


def delete_permission(aws: Aws, id: str, old: Props) -> None:
    """Remove the statement."""
    with refusals(f"removing Lambda Permission ({id})"):
        target = _target(address_of(aws, old))
        unless_gone(aws.client("lambda").remove_permission, StatementId=old["statementId"], **target)


def _target(address: str) -> Props:
    function, _, qualifier = address.rpartition("/")[0].partition(":")
    return {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}


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


HANDLERS = {
    "aws:lambda/permission:Permission": Handler(
        check=check_permission,
        defaults=by_name,
        calls=Calls(create=create_permission, read=read_permission, delete=delete_permission),
        refresh=refresh_permission,
        identify=address_of,
        auto_name="statementId",
        delete_before_replace=True,
    ),
}
