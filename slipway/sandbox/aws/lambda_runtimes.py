"""Lambda's runtimes: which exist, which take no new functions any more, and which this machine can run."""

import platform
import re
import sys
from datetime import date
from functools import cache

from slipway.bundle.interpreters import interpreter
from slipway.sandbox.aws import clients

NO_LONGER_CREATED = frozenset(
    {
        "dotnet7",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs16.x",
        "nodejs18.x",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "ruby2.5",
        "ruby2.7",
        "ruby3.2",
    }
)
"""Deprecated: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html. AWS moves the dates on which it starts
to refuse new functions; refusing from the deprecation on keeps the answer the same on every day."""

CREATED_UNTIL = dict.fromkeys(("dotnet6", "dotnet8", "python3.9"), date(2027, 2, 1))
"""Deprecated runtimes that AWS takes new functions with up to this day; it has moved such days before."""

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""What the kernel calls this machine -> what Lambda calls it."""


@cache
def known() -> tuple[str, ...]:
    """Every runtime name that boto3's description of Lambda has, in its order."""
    return tuple(clients.service_model("lambda").shape_for("Runtime").enum)


def problem(runtime: str, today: date | None = None) -> str | None:
    """Why Lambda takes no new function with this runtime; None where it does. ``today`` is the clock's if not given."""
    ended = runtime in CREATED_UNTIL and (today or date.today()) >= CREATED_UNTIL[runtime]
    if ended or runtime in NO_LONGER_CREATED:
        return (
            f"InvalidParameterValueException: The runtime parameter of {runtime} is no longer supported for creating "
            "or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating "
            "functions."
        )
    if runtime not in known():
        supported = " ".join(f'"{name}"' for name in known() if name not in NO_LONGER_CREATED)
        return f"expected runtime to be one of [{supported}], got {runtime}"
    return None


def runtime_note(runtime: str, architecture: str | None = None) -> str | None:
    """What the user should know before trusting the sandbox with this runtime (and architecture); None: nothing."""
    notes = [note for note in (_python_note(runtime), architecture and _machine_note(architecture)) if note]
    return " ".join(notes) or None


def _python_note(runtime: str) -> str | None:
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if runtime == here or interpreter(runtime.removeprefix("python")):
        return None
    if re.match(r"^python3\.\d+$", runtime):
        return (
            f"The function declares {runtime}; the sandbox runs it on this machine's {here}: "
            "wheels with compiled parts and newer syntax behave differently there than in AWS."
        )
    return f"The function declares {runtime}; the sandbox runs Python functions alone, on {here}."


def _machine_note(architecture: str) -> str | None:
    here = MACHINES.get(platform.machine().lower(), platform.machine())
    if architecture == here:
        return None
    return (
        f"The function declares {architecture} and this machine is {here}: "
        "a wheel with compiled parts in its zip cannot be imported in the sandbox."
    )
