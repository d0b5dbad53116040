"""Lambda: who may call a function, what it carries, on what it runs."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from policy.conditions import limits_strangers
from policy.model import Context, Resource, rule
from policy.rules.public_access import conditions_of
from policy.values import fault, readable, text

ENDS = {
    "python2.7": date(2021, 7, 15),
    "nodejs10.x": date(2021, 7, 30),
    "python3.6": date(2022, 7, 18),
    "nodejs12.x": date(2023, 3, 31),
    "python3.7": date(2023, 12, 4),
    "nodejs14.x": date(2023, 12, 4),
    "go1.x": date(2024, 1, 8),
    "java8": date(2024, 1, 8),
    "provided": date(2024, 1, 8),
    "nodejs16.x": date(2024, 6, 12),
    "python3.8": date(2024, 10, 14),
    "dotnet6": date(2024, 12, 20),
    "nodejs18.x": date(2025, 9, 1),
    "python3.9": date(2025, 12, 15),
    "nodejs20.x": date(2026, 4, 30),
    "python3.10": date(2026, 10, 31),
    "dotnet8": date(2026, 11, 10),
    "nodejs22.x": date(2027, 4, 30),
    "python3.11": date(2027, 6, 30),
    "nodejs24.x": date(2028, 4, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}
"""When Amazon ends the support of a runtime (Lambda developer guide, "Lambda runtimes")."""

SERVICE_NAME = re.compile(r"(?i)\.amazonaws\.com(\.cn)?$")
SECRET_NAME = re.compile(
    r"(?i)(password|passwd|passphrase|secret(_?key(_?base)?)?|(^|_)(pass|pwd|token|credentials?|api_?key|private_?key|access_?key|auth_?key|signing_?key|encryption_?key))"
    r"(_id)?$"
)
"""The end of a variable's name, its words parted by underscores."""
SECRET_VALUE = re.compile(
    r"A(KIA|SIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_\w{36}|github_pat_\w{22}"
    r"|xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|[sr]k_live_\w{16}|glpat-[\w-]{20}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|\w+://[^/\s:@]+:[^/\s:@]+@"
)


@rule(
    "aws-function-url-auth",
    source="Checkov CKV_AWS_258",
    remedy="Set authorization_type to AWS_IAM, or agree an exception in the stack's file.",
    types=("aws:lambda/functionUrl:FunctionUrl", "aws-native:lambda:Url"),
)
def url_authenticated(url: Resource, context: Context) -> Iterator[str]:
    """Function URLs ask who calls.

    A public URL is anyone's to call, at our cost.

    Callers of a function URL sign their requests; a sandbox's URL answers on this machine alone.
    """
    value = url.get("authorizationType", url.get("authType"))
    if not context.sandbox and readable(value) and value != "AWS_IAM":
        yield fault("authorizationType", value, "'AWS_IAM'")


@rule(
    "aws-lambda-permission-source-limited",
    source="Checkov CKV_AWS_364",
    remedy="Set source_arn or source_account.",
    types=("aws:lambda/permission:Permission",),
)
def permission_source_limited(permission: Resource, context: Context) -> Iterator[str]:
    """Services invoke functions for our resources only.

    Without a source, another account's bucket or rule can invoke the function (confused deputy).

    A service calls on behalf of one of our resources, not of anybody's.
    """
    principal = permission.get("principal")
    if not text(principal) or not SERVICE_NAME.search(principal.strip()):
        return
    arn, account = permission.get("sourceArn"), permission.get("sourceAccount")
    if arn is None and account is None:
        yield fault(f"sourceArn and sourceAccount for {principal}", None, "one of them")
    elif all(text(value) or value is None for value in (arn, account)) and not limits_strangers(
        conditions_of(permission)
    ):
        yield fault(f"the source for {principal}", arn or account, "the ARN or the account of a resource of ours")


@rule(
    "aws-lambda-no-secrets",
    source="Checkov CKV_AWS_45",
    remedy="Seal it with 'slipway secret set APP NAME', or keep it in Secrets Manager and pass its ARN.",
    types=("aws:lambda/function:Function",),
)
def no_secrets(function: Resource, context: Context) -> Iterator[str]:
    """No unsealed secrets in a function's environment.

    A value that is not marked as a secret stands in clear in the stack's file, in its state and in every preview.

    A sealed value is Pulumi's secret from the file to the state, and Lambda encrypts the environment at rest. The value
    is never repeated here.
    """
    variables = function.get("environment.variables")
    for name, value in variables.items() if isinstance(variables, Mapping) else ():
        if not text(value):
            continue
        literal = value and not value.startswith("arn:")
        if SECRET_VALUE.search(value) or (literal and SECRET_NAME.search(in_words(name))):
            yield f"the environment variable {name} holds a secret in clear; allowed: a sealed one, or an ARN"


@rule(
    "aws-lambda-runtime-supported",
    source="Checkov CKV_AWS_363",
    remedy="Set runtime to a supported one, and build the artifact for it.",
    types=("aws:lambda/function:Function",),
)
def runtime_supported(function: Resource, context: Context) -> Iterator[str]:
    """Functions run on a supported runtime.

    An ended runtime gets no security updates, and soon the function none of ours.

    The runtime still gets security updates.
    """
    runtime = function.get("runtime")
    ended = ENDS.get(runtime) if text(runtime) else None
    if ended and ended <= context.today:
        supported = [name for name, end in ENDS.items() if name.startswith("python") and end > context.today]
        yield fault("runtime", runtime, f"one that Amazon supports: {', '.join(supported)}, …") + f" (ended {ended})"


def in_words(name: str) -> str:
    """A name with its words parted by underscores: ``dbPassword`` and ``db-password`` are ``db_Password``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").replace(".", "_")


RULES = (
    url_authenticated,
    permission_source_limited,
    no_secrets,
    runtime_supported,
)
