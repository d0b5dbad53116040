"""Checks of single values. Each says what is allowed, what was given and, where that is not plain, what to do."""

import difflib
import re
from collections.abc import Iterable

PORT = re.compile(r":(\d+)\b")
SECRET_NAME = re.compile(r"(^|_)(SECRET|PASSWORD|PASSWD|PWD|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)(_|$)")
SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{36}|\bAIza[\w-]{35}"
    r"|\bxox[abp]-[\w-]{10,}|\bglpat-[\w-]{20}"
)
RESERVED_PREFIXES = ("GAE_", "GOOGLE_", "AWS_", "LAMBDA_")
RESERVED_NAMES = frozenset({"PORT", "_HANDLER", "_X_AMZN_TRACE_ID"})


def nearest(values: str, allowed: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` where something known is near ``values``; "" otherwise."""
    near = difflib.get_close_matches(values, sorted(allowed), 1, cutoff=0.7)
    return f" (did you mean {near[0]!r}?)" if near else ""


def listed(value: str, allowed: Iterable[str], what: str) -> str:
    """``value`` where it is known. Raises :class:`ValueError` with what is near it."""
    names = sorted(allowed)
    if value in names:
        return value
    near = nearest(value, names)
    text = ", ".join(names) if len(names) <= 6 else f"{names[0]}, …, {names[-1]}; stacks/tables.py has the list"
    raise ValueError(f"must be {what} ({text}), got {value!r}{near}")


def project_id(value: str, *, suffix: int = 0) -> str:
    """A project's id, or the beginning of one that gets ``suffix`` more characters.

    After https://cloud.google.com/resource-manager/docs/creating-managing-projects
    """
    what, longest = ("a project id", 30) if not suffix else ("a project id's prefix", 30 - suffix)
    shortest = max(6 - suffix, 1)
    if not value:
        raise ValueError(f"{what} must not be empty: name the project")
    if value != value.lower():
        raise ValueError(f"{what} has lower-case letters only, got {value!r}: write {value.lower()!r}")
    if not shortest <= len(value) <= longest:
        raise ValueError(f"{what} has {shortest} to {longest} characters, got {len(value)} in {value!r}")
    if value.endswith("-"):
        raise ValueError(f"{what} may not end in a hyphen, got {value!r}: write {value.rstrip('-')!r}")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", value):
        raise ValueError(f"{what} has a-z, 0-9 and '-', a letter first, got {value!r}")
    return value


def billing_account(value: str) -> str:
    """A billing account's id."""
    if not re.fullmatch(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", value):
        raise ValueError(
            f"a billing account is three groups of six hexadecimal digits (ABCDEF-012345-6789AB), got {value!r}: "
            "`gcloud billing accounts list` shows yours"
        )
    return value


def label(value: str) -> str:
    """A value that both clouds take as a label."""
    if value in ("true", "false"):
        raise ValueError(f"must be a name, got {value}: YAML reads yes, no, on and off as true and false, so quote it")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", value):
        raise ValueError(f"must be 1 to 63 characters of a-z, 0-9, '_' and '-', got {value!r}")
    return value


def day(value: str) -> str:
    """A day, ``YYYY-MM-DD``."""
    from datetime import date

    try:
        if len(value) == len("YYYY-MM-DD"):
            date.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise ValueError(f"must be a day as YYYY-MM-DD, got {value!r}")


def email(value: str) -> str:
    """An address that mail can be sent to, as far as its form tells."""
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value):
        raise ValueError(f"must be an e-mail address (name@example.com), got {value!r}")
    return value


def lifetime(value: str) -> str:
    """A span of whole days or weeks, 90 days at most: what is needed for longer is no throw-away copy."""
    match = re.fullmatch(r"([1-9]\d?)([dw])", value)
    if not match or int(match[1]) * (7 if match[2] == "w" else 1) > 90:
        raise ValueError(f"must be 1d to 90d, or 1w to 12w, got {value!r}")
    return value


def environment_variables(values: dict[str, str]) -> dict[str, str]:
    """Variables an app may get in plain text. A value is never shown."""
    for name, value in values.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise ValueError(f"a variable's name has letters, digits and '_', a letter first, got {name!r}")
        if name in RESERVED_NAMES or name.startswith(RESERVED_PREFIXES):
            raise ValueError(f"the variable {name} is the cloud's own: choose another name")
        if SECRET_NAME.search(name.upper()) or SECRET_VALUE.search(value):
            raise ValueError(
                f"the variable {name} looks like a secret in plain text: take it out, and seal it with "
                f"`pulumi config set --secret --path 'slipway:secrets.APP.{name}'`"
            )
    return values


def solution_stack(value: str) -> str:
    """A version of Beanstalk's Python platform, by its whole name."""
    if not re.fullmatch(r"64bit Amazon Linux 2023 v\d+\.\d+\.\d+ running Python 3\.\d+", value):
        raise ValueError(
            f"must be '64bit Amazon Linux 2023 vN.N.N running Python 3.N', got {value!r}: "
            "`aws elasticbeanstalk list-available-solution-stacks` has today's"
        )
    return value


def entrypoint_port(command: str) -> str:
    """A command that listens where App Engine looks: on ``$PORT``, which is 8080."""
    for digits in PORT.findall(command):
        if not 1 <= int(digits) <= 65535:
            raise ValueError(f"a port must be 1 to 65535, got {digits} in {command!r}: write $PORT")
        if digits != "8080":
            raise ValueError(f"App Engine sends requests to $PORT, got the port {digits} in {command!r}: write $PORT")
    return command
