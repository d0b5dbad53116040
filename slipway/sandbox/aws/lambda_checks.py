"""What Lambda refuses of a function before it looks at the account."""

import json
import re

from slipway.sandbox.aws import lambda_code, lambda_runtimes
from slipway.sandbox.handler import Props

_NAME = re.compile(r"^(arn:[\w-]+:lambda:[\w-]+:\d{12}:function:)?[a-zA-Z0-9-_]{1,64}$", re.ASCII)
_ROLE = re.compile(r"^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$")
_RESERVED = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    }
)  # fmt: skip
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
_UNSERVED = ("vpcConfig", "fileSystemConfigs", "fileSystemConfig", "imageConfig", "snapStart", "codeSigningConfigArn",
             "durableConfig", "tenancyConfig", "capacityProviderConfig", "kmsKeyArn", "sourceKmsKeyArn",
             "publishTo", "replacementSecurityGroupIds")  # fmt: skip


def check(new: Props) -> dict[str, str]:
    """What Lambda and the provider refuse: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    wrong = {key: f"the sandbox does not serve {key} of a function" for key in _UNSERVED if new.get(key)}
    wrong |= lambda_code.check(new) | _check_ranges(new) | _check_environment(new)
    name, role, runtime = new.get("name"), new.get("role"), new.get("runtime")
    if name is not None and not _NAME.match(name):
        wrong["name"] = f"invalid value for name (must be valid function name or function ARN): {name}"
    if role is not None and not _ROLE.match(role):
        wrong["role"] = f'"role" ({role}) is an invalid ARN: arn: invalid prefix'
    if runtime is not None and (problem := lambda_runtimes.problem(runtime)):
        wrong["runtime"] = problem
    if unknown := [one for one in new.get("architectures") or () if one not in ("x86_64", "arm64")]:
        wrong["architectures"] = f'expected architectures.0 to be one of ["x86_64" "arm64"], got {unknown[0]}'
    return wrong


def _check_ranges(new: Props) -> dict[str, str]:
    ranges = {"memorySize": (128, 10240), "timeout": (1, 900), "reservedConcurrentExecutions": (-1, None)}
    wrong: dict[str, str] = {}
    for key, (least, most) in ranges.items():
        value = new.get(key)
        if value is None or (least <= value and (most is None or value <= most)):
            continue
        limits = f"in the range ({least} - {most})" if most else f"at least ({least})"
        wrong[key] = f"expected {key} to be {limits}, got {value:g}"
    return wrong


def _check_environment(new: Props) -> dict[str, str]:
    variables = (new.get("environment") or {}).get("variables") or {}
    refused = (
        "InvalidParameterValueException: Lambda was unable to configure your environment variables because the "
        "environment variables you have provided"
    )
    if reserved := sorted(_RESERVED & variables.keys()):
        return {
            "environment": f"{refused} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        }
    if len(json.dumps(variables, separators=(",", ":")).encode()) > 4096:
        return {"environment": f"{refused} exceeded the 4KB limit."}
    return {}
