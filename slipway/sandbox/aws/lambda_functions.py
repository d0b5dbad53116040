"""Lambda functions: configuration, code, published versions, reserved concurrency."""

import base64

from slipway.sandbox.aws import lambda_code, tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.lambda_checks import check
from slipway.sandbox.aws.roles import refuse_unless_assumable
from slipway.sandbox.aws.words import capital, small
from slipway.sandbox.handler import Asset, Calls, CloudError, Handler, Props

CONCURRENCY, UNRESERVED_MINIMUM = 1000, 100
"""Executions an account has at a time, and of these the ones AWS keeps for functions that reserve none:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html."""

_UNVERSIONED = frozenset(
    {"reservedConcurrentExecutions", "tags", "publish", "skipDestroy", "sourceCodeHash", "codeSha256", "code"}
)
"""Changes of these alone publish no version; changed code is seen by its hash."""


def defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {
        "memorySize": 128,
        "packageType": "Zip",
        "publish": False,
        "reservedConcurrentExecutions": -1,
        "skipDestroy": False,
        "timeout": 3,
        **new,
    }


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the function; with ``publish``, its first version too."""
    name = new["name"]
    doing, client = f"creating Lambda Function ({name})", aws.client("lambda")
    aws.in_region(new)
    if not (new.get("handler") and new.get("runtime")):
        raise CloudError("handler and runtime must be set when PackageType is Zip")
    _refuse_role(aws, new["role"], doing, "CreateFunction")
    _refuse_reservation(aws, name, new)
    with refusals(doing):
        code = lambda_code.request(aws, new, doing, "CreateFunction")
        client.create_function(
            FunctionName=name,
            Code=code,
            Architectures=list(new.get("architectures") or ["x86_64"]),
            Tags=tags.outgoing(new),
            **_configuration(new),
        )
        _reserve(aws, name, new)
        if new.get("publish"):
            client.publish_version(FunctionName=name)
    return name, read(aws, name) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The function as Lambda has it. Code, ``publish`` and ``skipDestroy`` are the program's alone: left out."""
    with refusals(f"reading Lambda Function ({id})"):
        answer = unless_gone(aws.client("lambda").get_function, FunctionName=id)
        if answer is None:
            return None
        version = _latest_version(aws, id)
    there = answer["Configuration"]
    arn = there["FunctionArn"]
    return {
        **_inputs(there),
        "reservedConcurrentExecutions": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
        "region": aws.region,
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": invoke_arn(aws, arn),
        "qualifiedInvokeArn": invoke_arn(aws, f"{arn}:{version}"),
        "responseStreamingInvokeArn": invoke_arn(aws, arn).replace("/invocations", "/response-streaming-invocations"),
        "lastModified": there["LastModified"],
        "codeSha256": there["CodeSha256"],
        "sourceCodeSize": there["CodeSize"],
        "signingJobArn": "",
        "signingProfileVersionArn": "",
        **tags.incoming(answer.get("Tags") or {}),
    }


def refresh(aws: Aws, id: str, old: Props) -> Props | None:
    """The function of a state as Lambda has it. Code that somebody else has uploaded since is a changed input.

    The next update then uploads the program's own again.
    """
    there = read(aws, id)
    if there is None or old.get("codeSha256") in (None, there["codeSha256"]):
        return there
    strange = Asset(sha256=base64.b64decode(there["codeSha256"]).hex(), is_archive=True)
    return {**there, "sourceCodeHash": there["codeSha256"], **({"code": strange} if "code" in old else {})}


def update(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change configuration and code in place; with ``publish``, publish what changed as a new version."""
    client, doing = aws.client("lambda"), f"updating Lambda Function ({id})"
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    if "role" in changed:
        _refuse_role(aws, new["role"], doing, "UpdateFunctionConfiguration")
    _refuse_reservation(aws, id, new)
    with refusals(doing):
        before = client.get_function_configuration(FunctionName=id)
        desired = _configuration(new)
        current = _configuration(_inputs(before))
        differs = desired != current
        if differs:
            client.update_function_configuration(FunctionName=id, **desired)
        if changed & (lambda_code.SOURCES | {"architectures"}):
            differs = _update_code(aws, id, new, before, doing) or differs
        _reserve(aws, id, new)
        tags.replace(
            _tags(aws, id),
            new,
            put=lambda changed: client.tag_resource(Resource=before["FunctionArn"], Tags=changed),
            remove=lambda keys: client.untag_resource(Resource=before["FunctionArn"], TagKeys=keys),
        )
        if new.get("publish") and (differs or _latest_version(aws, id) == "$LATEST" or changed - _UNVERSIONED):
            client.publish_version(FunctionName=id)
    return read(aws, id) or {}


def delete(aws: Aws, id: str, old: Props) -> None:
    """Delete the function with its versions, aliases and addresses, unless told to leave it (``skipDestroy``)."""
    if old.get("skipDestroy"):
        return
    client = aws.client("lambda")
    with refusals(f"deleting Lambda Function ({id})"):
        # AWS drops a function's addresses with it; the emulator keeps them, and a namesake would inherit them.
        for alias in (unless_gone(client.list_aliases, FunctionName=id) or {"Aliases": []})["Aliases"]:
            unless_gone(client.delete_function_url_config, FunctionName=id, Qualifier=alias["Name"])
        unless_gone(client.delete_function_url_config, FunctionName=id)
        unless_gone(client.delete_function, FunctionName=id)


def invoke_arn(aws: Aws, arn: str) -> str:
    """The ARN by which API Gateway calls what ``arn`` names."""
    return f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _configuration(new: Props) -> Props:
    logging, dead = new.get("loggingConfig"), new.get("deadLetterConfig")
    return {
        "Role": new["role"],
        "Runtime": new["runtime"],
        "Handler": new["handler"],
        "Description": new.get("description") or "",
        "MemorySize": int(new.get("memorySize") or 128),
        "Timeout": int(new.get("timeout") or 3),
        "Environment": {"Variables": dict((new.get("environment") or {}).get("variables") or {})},
        "TracingConfig": {"Mode": (new.get("tracingConfig") or {}).get("mode") or "PassThrough"},
        "EphemeralStorage": {"Size": int((new.get("ephemeralStorage") or {}).get("size") or 512)},
        "Layers": list(new.get("layers") or []),
        "LoggingConfig": {capital(key): value for key, value in logging.items() if value}
        if logging
        else {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{new['name']}"},
        **({"DeadLetterConfig": {"TargetArn": dead["targetArn"]}} if dead else {}),
    }


def _inputs(there: Props) -> Props:
    variables = there.get("Environment", {}).get("Variables", {})
    dead = there.get("DeadLetterConfig", {}).get("TargetArn")
    return {
        "name": there["FunctionName"],
        "role": there["Role"],
        "runtime": there["Runtime"],
        "handler": there["Handler"],
        "description": there.get("Description", ""),
        "memorySize": there["MemorySize"],
        "timeout": there["Timeout"],
        "packageType": there.get("PackageType", "Zip"),
        "architectures": there["Architectures"],
        "environment": {"variables": variables} if variables else None,
        "tracingConfig": {"mode": there["TracingConfig"]["Mode"]},
        "ephemeralStorage": {"size": there["EphemeralStorage"]["Size"]},
        "layers": [layer["Arn"] for layer in there.get("Layers") or ()],
        "loggingConfig": {small(key): value for key, value in there["LoggingConfig"].items()},
        "deadLetterConfig": {"targetArn": dead} if dead else None,
    }


def _update_code(aws: Aws, id: str, new: Props, before: Props, doing: str) -> bool:
    code = lambda_code.request(aws, new, doing, "UpdateFunctionCode")
    architectures = list(new.get("architectures") or ["x86_64"])
    after = aws.client("lambda").update_function_code(FunctionName=id, Architectures=architectures, **code)
    return after["CodeSha256"] != before["CodeSha256"] or architectures != before["Architectures"]


def _refuse_role(aws: Aws, role: str, doing: str, operation: str) -> None:
    refusal = "InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda."
    refuse_unless_assumable(aws, role, "lambda.amazonaws.com", f"{doing}: operation error {operation}, {refusal}")


def _refuse_reservation(aws: Aws, name: str, new: Props) -> None:
    desired = int(new.get("reservedConcurrentExecutions", -1))
    if desired < 1:
        return
    client = aws.client("lambda")
    others = [one["FunctionName"] for one in client.list_functions()["Functions"] if one["FunctionName"] != name]
    in_use = sum(
        client.get_function_concurrency(FunctionName=one).get("ReservedConcurrentExecutions", 0) for one in others
    )
    if CONCURRENCY - in_use - desired < UNRESERVED_MINIMUM:
        raise CloudError(
            f"setting Lambda Function ({name}) concurrency: operation error PutFunctionConcurrency, "
            "InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MINIMUM}]."
        )


def _reserve(aws: Aws, name: str, new: Props) -> None:
    client, desired = aws.client("lambda"), int(new.get("reservedConcurrentExecutions", -1))
    if desired >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=desired)
    else:
        client.delete_function_concurrency(FunctionName=name)


def _latest_version(aws: Aws, name: str) -> str:
    pages = aws.client("lambda").get_paginator("list_versions_by_function").paginate(FunctionName=name)
    numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
    return str(max(numbers)) if numbers else "$LATEST"


def _tags(aws: Aws, name: str) -> dict[str, str]:
    answer = unless_gone(aws.client("lambda").get_function, FunctionName=name)
    return (answer.get("Tags") or {}) if answer else {}


HANDLERS = {
    "aws:lambda/function:Function": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete), refresh=refresh,
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        settled=frozenset({"architectures", "ephemeralStorage", "loggingConfig", "tracingConfig"}),
        replace_on=frozenset({"name", "packageType", "region"}),
        computed=frozenset(
            {
                "arn", "invokeArn", "lastModified", "qualifiedArn", "qualifiedInvokeArn", "responseStreamingInvokeArn",
                "signingJobArn", "signingProfileVersionArn", "sourceCodeSize", "codeSha256", "tagsAll", "version",
            }
        ),
        volatile=frozenset(
            {"lastModified", "qualifiedArn", "qualifiedInvokeArn", "sourceCodeSize", "codeSha256", "tagsAll", "version"}
        ),
    )
}  # fmt: skip
