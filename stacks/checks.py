"""Checks of single values. Each says what is allowed, what was given and, where that is not plain, what to do."""

import difflib
import re
from collections.abc import Iterable, Mapping

from slipway.catalog.expectation import requests_in
from slipway.catalog.offers import PYTHONS
from slipway.catalog.regions import aws_regions
from slipway.catalog.successors import PYTHONS_OF_OLD

PORT = re.compile(r":(\d+)\b")
SECRET_NAME = re.compile(
    r"(^|_)(SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS$|PWD|TOKEN|CREDENTIALS?"
    r"|(?:API|PRIVATE|ACCESS|SIGNING|ENCRYPTION|LICEN[CS]E)_?KEY)(_|$)"
)
SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{36}|\bgithub_pat_\w{22}"
    r"|\bAIza[\w-]{35}|\bxox[abp]-[\w-]{10,}|\bglpat-[\w-]{20}|\b[rs]k_(live|test)_\w{16}|\bsk-[\w-]{20}"
    r"|\bSG\.[\w-]{16,}\.[\w-]{16}|\bGOCSPX-[\w-]{20}|\bhf_\w{30}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{8,}\.[\w-]{16}|hooks\.slack\.com/services/T\w+/B\w+/\w+"
)
DESCRIBES = frozenset(
    {
        *("AGE", "ALGORITHM", "ALGORITHMS", "ATTEMPTS", "AUDIENCE", "BACKEND", "CLASS", "COUNT", "DAYS"),
        *("DIGITS", "DIR", "ENABLED", "ENDPOINT", "EXPIRATION", "EXPIRE", "EXPIRES", "EXPIRY", "FIELD", "FILE", "FORM"),
        *("FORMAT", "HASHER", "HASHERS", "HEADER", "HOURS", "ISSUER", "LEN", "LENGTH", "LIFETIME", "LIMIT"),
        *("LOCATION", "MAX", "MESSAGE", "MIN", "MINUTES", "NAME", "PATH", "POLICY", "PREFIX", "PROVIDER", "REGEX"),
        *("REQUIRED", "RESET", "ROTATION", "ROUNDS", "SCOPE", "SECONDS", "SIZE", "TEMPLATE", "TIMEOUT", "TTL"),
        *("TYPE", "URI", "URL", "VALIDATOR", "VALIDATORS", "VERSION", "VIEW"),
    }
)
"""Words that follow a secret's in the names of settings about it: PASSWORD_MIN_LENGTH, TOKEN_URL, SECRET_NAME."""
SWITCH = frozenset({"true", "false", "yes", "no", "on", "off", ""})
"""Values that are no secret under any name."""
URL_PASSWORD = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s:@]*:(?P<password>[^/?#\s@]+)@"
    r"|^[\w.-]+:(?P<driver>[^@\s/]+)@(?:tcp|unix)\("
    r"|(?:^|[?&;\s])(?:password|passwd|pwd|secret|token|api_?key|access_?key|account_?key)=(?P<value>[^&;\s]+)",
    re.IGNORECASE,
)
"""A password in an address or a connection's words: ``postgres://user:password@host/db``, ``host=h password=p``."""
FILLED_IN = re.compile(r"\$\{?\w+\}?|\{\w+\}|<\w+>|%\(\w+\)s|\*+|x+", re.IGNORECASE)
"""What stands where somebody or something else fills the password in."""
RESERVED_PREFIXES = ("GAE_", "AWS_LAMBDA_", "LAMBDA_", "X_GOOGLE_", "CLOUD_RUN_")
RESERVED_NAMES = frozenset(
    {
        *("PORT", "_HANDLER", "_X_AMZN_TRACE_ID", "GOOGLE_CLOUD_PROJECT", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_EXECUTION_ENV", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        *("AWS_SESSION_TOKEN", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"),
    }
)
"""What a platform sets itself, and no more: a name of one's own may begin as a cloud's do (AWS_S3_BUCKET).

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime,
https://cloud.google.com/appengine/docs/standard/python3/runtime#environment_variables,
https://cloud.google.com/run/docs/container-contract#env-vars.
"""
SEALED_IN_VAIN: Mapping[str, frozenset[str]] = {
    "app-engine": frozenset({"PORT", "GOOGLE_CLOUD_PROJECT"}),
    "beanstalk": frozenset({"PORT"}),
    "cloud-run": frozenset({"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"}),
    "lambda": frozenset(name for name in RESERVED_NAMES if name.startswith(("AWS_", "_"))),
}
"""Platform -> what it sets itself, and so refuses or writes over; keys of a cloud may be sealed for another place."""
SEAL = "slipway secret set APP {name} --stack STACK"
"""The command that seals a variable; `stacks/problems.py` writes the app and the stack into it."""


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


def python(value: str) -> str:
    """A Python that both clouds run; the first generation's is refused by its name."""
    if value in PYTHONS_OF_OLD:
        raise ValueError(
            f"must be a Python both clouds run ({', '.join(PYTHONS)}), got {value!r} of App Engine's first "
            "generation, which has ended"
        )
    return listed(value, PYTHONS, "a Python both clouds run")


def aws_region(value: str) -> str:
    """A region of AWS, in any partition that is on the internet."""
    return listed(value, aws_regions(), "an AWS region")


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
    form = "a billing account is three groups of six hexadecimal digits (ABCDEF-012345-6789AB)"
    return _of_form(value, r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", form, "`gcloud billing accounts list` shows yours")


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
    return _of_form(value, r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "must be an e-mail address (name@example.com)")


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
            raise ValueError(f"a variable's name must have letters, digits and '_', a letter first, got {name!r}")
        if name in RESERVED_NAMES or name.startswith(RESERVED_PREFIXES):
            raise ValueError(f"the variable {name} is the cloud's own: choose another name")
        if has_url_password(value):
            raise ValueError(
                f"the variable {name} has a password in its address, in plain text: take it out, and seal it with "
                f"`{SEAL.format(name=name)}`"
            )
        if (names_secret(name) and value.lower() not in SWITCH) or SECRET_VALUE.search(value):
            raise ValueError(
                f"the variable {name} looks like a secret in plain text: take it out, and seal it with "
                f"`{SEAL.format(name=name)}`"
            )
    return values


def sealed_in_vain(name: str, platform: str) -> bool:
    """Whether a platform sets a variable itself, so that a sealed one of this name never reaches the app."""
    return name in SEALED_IN_VAIN.get(platform, ()) or name.startswith(RESERVED_PREFIXES)


def names_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret, and does not merely say something about one."""
    ends = [match.end() for match in SECRET_NAME.finditer(name.upper())]
    return bool(ends) and not DESCRIBES & {*name.upper()[ends[-1] :].split("_")}


def has_url_password(value: str) -> bool:
    """Whether a value carries a password inside of an address; one that is filled in elsewhere is none."""
    passwords = (match["password"] or match["driver"] or match["value"] for match in URL_PASSWORD.finditer(value))
    return any(not FILLED_IN.fullmatch(password) for password in passwords)


def solution_stack(value: str) -> str:
    """A version of Beanstalk's Python platform, by its whole name."""
    return _of_form(
        value,
        r"64bit Amazon Linux 2023 v\d+\.\d+\.\d+ running Python 3\.\d+",
        "must be '64bit Amazon Linux 2023 vN.N.N running Python 3.N'",
        "`aws elasticbeanstalk list-available-solution-stacks` has today's",
    )


def entrypoint_port(command: str) -> str:
    """A command that listens where App Engine looks: on ``$PORT``, which is 8080."""
    for digits in PORT.findall(command):
        if not 1 <= int(digits) <= 65535:
            raise ValueError(f"a port must be 1 to 65535, got {digits} in {command!r}: write $PORT")
        if digits != "8080":
            raise ValueError(f"App Engine sends requests to $PORT, got the port {digits} in {command!r}: write $PORT")
    return command


def _of_form(value: str, pattern: str, form: str, remedy: str = "") -> str:
    """``value`` where it fits ``pattern``. Raises :class:`ValueError` with the form in words and the remedy."""
    if re.fullmatch(pattern, value):
        return value
    raise ValueError(f"{form}, got {value!r}{remedy and f': {remedy}'}")


def use(value: str) -> str:
    """How much an app is expected to be used."""
    if requests_in(value) is None:
        raise ValueError(f"must be a number of requests a month, as '1e6 requests a month', got {value!r}")
    return value
