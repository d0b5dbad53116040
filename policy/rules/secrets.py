"""Secrets: none in clear in what a stack declares, wherever a resource takes one."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from policy.model import Context, Resource, rule
from policy.rules.aws_function import SECRET_NAME, SECRET_VALUE, in_words
from policy.values import Value, decoded, text

FUNCTION = "aws:lambda/function:Function"
"""Its variables are ``aws-lambda-no-secrets``'s."""
VARIABLES = re.compile(r"(?i)(?!secret)(\w*env(ironment)?s?|\w*variables|settings|(build_?)?args)")
"""How properties are called that hold variables: by name, as pairs of name and value, or as lines ``NAME=value``.

A build's arguments stay in the history of its image; what begins with ``secret`` names where secrets are kept."""
PROPERTY = re.compile(
    r"(?i)(\w*password|passphrase|secret_?(string|data|binary|key)|auth_?token|access_?token|client_?secret"
    r"|private_?key(_?pem)?|api_?key)(_?wo)?"
)
"""How properties are called that are a secret themselves."""
REFERENCE = re.compile(r"arn:|projects/[^/]+/secrets/|\{\{resolve:|/run/secrets/|\$\{?\w")
"""How values begin that say where a secret is."""
ASSIGNMENT = re.compile(
    r"""(?m)(?:^|[;&|({]|\bexport|\benv|\bset)[ \t]*([A-Za-z_]\w*)=("[^"\n]*"|'[^'\n]*'|[^\s;&|"']+)"""
)
"""A variable that a script sets."""
OPTION = re.compile(r"(?s)--?([A-Za-z][\w-]*)(?:=(.*))?")
FOUND_BY_SCRIPT = re.compile(r"[$`<(]|[A-Z_]*$")
"""How the value begins of what a script looks up, and what stands for a value in an example."""
BASE64 = re.compile(r"[A-Za-z0-9+/\n]{24,}={0,2}\n?")
TEXTS = frozenset({"description", "tags", "labels", "annotations"})


@rule(
    "no-secrets-in-clear",
    source="Checkov CKV_SECRET_2 to CKV_SECRET_80, CKV_AWS_45, CKV_AWS_46",
    remedy="Seal it (`slipway secret set`, pulumi.Output.secret), or name where the cloud keeps it.",
    types=("aws:*", "aws-native:*", "gcp:*", "google-native:*", "docker:*", "docker-build:*"),
)
def no_secrets_in_clear(resource: Resource, context: Context) -> Iterator[str]:
    """No secret stands in clear.

    Anyone can read an unsealed secret in the stack's file, in every preview and in the state.

    Passwords, keys and tokens are sealed or named by where they are kept. The value is never repeated here.
    """
    if resource.type == "aws:ssm/parameter:Parameter":
        name, value = resource.get("name"), resource.get("value")
        if text(name) and _is_secret(name.rsplit("/", 1)[-1], value):
            yield f"the parameter {name} holds a secret in clear; allowed: a sealed one"
    for path, name, value in _texts(resource.props, ""):
        if resource.type == FUNCTION and path.startswith("environment."):
            continue
        if path.endswith("="):
            if SECRET_VALUE.search(value) or _is_secret(name, value):
                yield f"the variable {name} holds a secret in clear; allowed: a sealed one"
        elif SECRET_VALUE.search(value) or (PROPERTY.fullmatch(name) and _is_literal(value)):
            yield f"{path} holds a secret in clear; allowed: a sealed one"
        elif variable := _assigned(value):
            yield f"{path} sets {variable} to a secret in clear; allowed: a script that asks where the secret is kept"


def _texts(value: Value, path: str, name: str = "", *, variables: bool = False) -> Iterator[tuple[str, str, str]]:
    """Path, name and text of everything that can be read; the path of a variable ends with ``=``."""
    value = decoded(value) if text(value) and value.lstrip().startswith(("{", "[")) else value
    if isinstance(value, Mapping):
        pair = value.get("name", value.get("Name")), value.get("value", value.get("Value"))
        if variables and text(pair[0]) and text(pair[1]):
            if str(value.get("type")).upper() in ("SECRETS_MANAGER", "PARAMETER_STORE"):
                return  # of a build of Amazon's: the value is a name
            yield f"{path}.{pair[0]}=", pair[0], pair[1]
            return
        for key, part in value.items():
            if key not in TEXTS:
                below = f"{path}.{key}".lstrip(".")
                of_variables = bool(VARIABLES.fullmatch(key)) or (variables and isinstance(part, list))
                if variables and text(part):
                    yield f"{below}=", key, part
                else:
                    yield from _texts(part, below, key, variables=of_variables)
    elif isinstance(value, list | tuple):
        yield from ((f"{path}.{option}=", option, word) for option, word in _options(value))
        for part in value:
            line = re.fullmatch(r"(?s)(\w+)=(.*)", part) if variables and text(part) else None
            if line:
                yield f"{path}.{line[1]}=", line[1], line[2]
            else:
                yield from _texts(part, path, name, variables=variables)
    elif text(value):
        yield path, name, value


def _options(words: Sequence[Value]) -> Iterator[tuple[str, str]]:
    """The options of a command with their values: ``--name=value``, or ``--name`` and then the value."""
    for word, after in pairwise([*words, None]):
        if text(word) and (option := OPTION.fullmatch(word)):
            given = option[2] if option[2] is not None else after
            if text(given) and not given.startswith("-"):
                yield option[1].replace("-", "_"), given


def _assigned(script: str) -> str:
    """The first variable that a script, or a script in base64, sets to a secret; empty where none is."""
    if BASE64.fullmatch(script):
        try:
            script = base64.b64decode(script, validate=True).decode()
        except ValueError:
            return ""
    if "\n" not in script.strip():
        return ""
    for name, quoted in ASSIGNMENT.findall(script):
        value = quoted.strip("\"'")
        if not FOUND_BY_SCRIPT.match(value) and SECRET_NAME.search(in_words(name)) and _is_literal(value):
            return name
    return ""


def _is_secret(name: str, value: Value) -> bool:
    return bool(SECRET_NAME.search(in_words(name))) and _is_literal(value)


def _is_literal(value: Value) -> bool:
    return text(value) and bool(value.strip()) and not REFERENCE.match(value.strip())


RULES = (no_secrets_in_clear,)
