"""A call of a function that a program declares: made at its creation, and not again."""

import hashlib
import json

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.aws.lambda_names import short
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

CREATE_ONLY = "CREATE_ONLY"
LATEST = "$LATEST"


def check(new: Props) -> dict[str, str]:
    """What the provider refuses, and what the sandbox does not do."""
    wrong = {}
    scope = new.get("lifecycleScope", CREATE_ONLY)
    if scope != CREATE_ONLY:
        wrong["lifecycleScope"] = f"the sandbox calls at the creation alone, got {scope}: set {CREATE_ONLY}"
    try:
        json.loads(new.get("input", "{}"))
    except ValueError as error:
        wrong["input"] = f'"input" contains an invalid JSON: {error}'
    return wrong


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Call it and wait. Raises :class:`CloudError` where the function answers with an error."""
    aws.in_region(new)
    function, qualifier = short(new["functionName"]), new.get("qualifier") or LATEST
    with refusals(f"invoking Lambda Function ({function})"):
        answer = aws.client("lambda").invoke(FunctionName=function, Qualifier=qualifier, Payload=new["input"].encode())
        result = answer["Payload"].read().decode(errors="replace")
    if answer.get("FunctionError"):
        raise CloudError(f"Lambda function ({function}) returned error: ({result})")
    digest = hashlib.md5(new["input"].encode(), usedforsecurity=False).hexdigest()
    return f"{function}_{qualifier}_{digest}", {"result": result}


def gone(_aws: Aws, _id: str) -> Props | None:
    """A call cannot be looked for."""
    return None


def same(_aws: Aws, _id: str, old: Props) -> Props | None:
    """What was called stays called."""
    return old


def delete(_aws: Aws, _id: str, _old: Props) -> None:
    """A call leaves nothing that could be deleted."""


HANDLERS = {
    "aws:lambda/invocation:Invocation": Handler(
        check=check,
        defaults=lambda new: {"lifecycleScope": CREATE_ONLY, "qualifier": LATEST, "terraformKey": "tf", **new},
        calls=Calls(create=create, read=gone, delete=delete),
        refresh=same,
        replace_on=frozenset(
            {"functionName", "input", "lifecycleScope", "qualifier", "region", "tenantId", "terraformKey", "triggers"}
        ),
        computed=frozenset({"result"}),
    )
}
