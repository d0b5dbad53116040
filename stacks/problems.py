"""What is wrong with settings, in words: which key, what is allowed, what was given."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from slipway.catalog.offers import PYTHONS
from slipway.catalog.successors import FIRST_GENERATION, successor
from stacks.checks import nearest
from stacks.model import Aws, Budget, Gcp, GoogleProject, Registries, Registry, Settings
from stacks.monitoring import Monitoring
from stacks.platforms import PLATFORMS, Model
from stacks.platforms.pythonanywhere import PythonAnywhereAccount

MODELS: Mapping[tuple[str, ...], type[Model]] = {
    (): Settings,
    ("budget",): Budget,
    ("gcp",): Gcp,
    ("gcp", "project"): GoogleProject,
    ("aws",): Aws,
    ("pythonanywhere",): PythonAnywhereAccount,
    ("monitoring",): Monitoring,
    ("registries",): Registries,
    ("registries", "gcp"): Registry,
    ("registries", "aws"): Registry,
    **{
        ("apps", "*", platform, *place): model
        for platform, models in PLATFORMS.items()
        for place, model in models.items()
    },
}
"""Which model is read where; ``*`` is an app's name."""

INTERNAL = frozenset({"stack", "fingerprints", "docker"})
"""Fields of the settings that no stack file has."""


def explain(error: ErrorDetails, stack: str) -> str:
    """One line for one error of pydantic's; a command in it is for ``stack``, and can be typed."""
    where, loc = key(error["loc"]), error["loc"]
    words = RULES.get(error["type"], _other)(error)
    if loc[:1] == ("apps",) and len(loc) > 1:
        words = words.replace(" secret set APP ", f" secret set {loc[1]} ").replace(
            "--stack STACK`", f"--stack {stack}`"
        )
    return f"{where}: {words}" if where != "slipway:" else f"slipway:{words}"


def key(loc: tuple[int | str, ...]) -> str:
    """A place in the model as it is written in the stack's file."""
    if loc[:2] == ("aws", "region"):
        return "aws:region"
    if loc[:1] == ("pythonanywhere",) and len(loc) == 2:
        return f"pythonanywhere:{loc[1]}"
    if loc[-1:] == ("[key]",):
        loc = loc[:-1]
    # The discriminator of an app's model is no part of the file.
    steps = [str(part) for place, part in enumerate(loc) if not (place == 2 and loc[0] == "apps" and part in PLATFORMS)]
    return "slipway:" + ".".join(steps)


def _model(loc: tuple[int | str, ...]) -> type[Model] | None:
    named = {1: ("apps",), 4: ("schedules", "events", "grants")}
    place = tuple("*" if n in named and loc[n - 1] in named[n] else str(part) for n, part in enumerate(loc))
    return MODELS.get(place)


def _purpose(error: ErrorDetails) -> str:
    model = _model(error["loc"][:-1])
    field = model.model_fields.get(str(error["loc"][-1])) if model else None
    return f" ({field.description.rstrip('.')})" if field and field.description else ""


def _given(error: ErrorDetails) -> str:
    """The value as the file has it; never that of an app's variable, which may be a secret in the wrong place."""
    value = error["input"]
    if {"env", "secrets"} & {str(part) for part in error["loc"]}:
        return KINDS_OF_VALUE.get(type(value), "something else")
    text = json.dumps(value, default=str) if not isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


KINDS_OF_VALUE: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "a mapping",
    list: "a list",
    type(None): "nothing",
    str: "text",
}


def _missing(error: ErrorDetails) -> str:
    return f"is missing{_purpose(error)}: write it into the stack's file"


def _unknown(error: ErrorDetails) -> str:
    if error["loc"][0] == "apps" and error["loc"][-1] == "home":
        return "is called platform, which is there too: take home out"
    if error["loc"][0] == "apps" and error["loc"][-1] == "runtime":
        old = ", of App Engine's first generation, which has ended" if str(error["input"]) in FIRST_GENERATION else ""
        return f"is not a setting, got {_given(error)}{old}: say python, as one of {', '.join(PYTHONS)}"
    model = _model(error["loc"][:-1])
    allowed = sorted(set(model.model_fields) - INTERNAL) if model else []
    return f"is not a setting{nearest(str(error['loc'][-1]), allowed)}: take one of {', '.join(allowed)}"


def _not_text(error: ErrorDetails) -> str:
    reads = ": YAML reads yes, no, on and off as true and false, so quote it" if error["input"] in (True, False) else ""
    quote = "" if reads or isinstance(error["input"], dict | list) else ": quote it"
    return f"must be text, got {_given(error)}{reads or quote}"


def _not_whole(error: ErrorDetails) -> str:
    return f"must be a whole number without quotes or unit, got {_given(error)}{_purpose(error)}"


def _too_small(error: ErrorDetails) -> str:
    return f"must be {error.get('ctx', {})['ge']} or more, got {_given(error)}{_purpose(error)}"


def _too_large(error: ErrorDetails) -> str:
    return f"must be {error.get('ctx', {})['le']} or less, got {_given(error)}{_purpose(error)}"


def _not_listed(error: ErrorDetails) -> str:
    allowed = str(error.get("ctx", {})["expected"])
    names = [name.strip(" '") for name in allowed.replace(" or ", ", ").split(",")]
    return f"must be {allowed}, got {_given(error)}{nearest(str(error['input']), names)}"


def _no_platform(error: ErrorDetails) -> str:
    settings = error["input"] if isinstance(error["input"], dict) else {}
    if "home" in settings and "platform" not in settings:
        return f"home is called platform: write `platform: {settings['home']}`, got `home: {settings['home']}`"
    values = settings.get("platform")
    if isinstance(values, str) and (instead := successor(values)):
        return f"platform: {instead}; got {values!r}"
    near = nearest(values, PLATFORMS) if isinstance(values, str) else ""
    return f"platform must be {' or '.join(map(repr, PLATFORMS))}, got {values!r}{near}"


def _pattern(error: ErrorDetails) -> str:
    return f"must match {error.get('ctx', {})['pattern']}, got {_given(error)}{_purpose(error)}"


def _not_mapping(error: ErrorDetails) -> str:
    return f"must be a mapping (key: value, indented below it), got {_given(error)}"


def _not_list(error: ErrorDetails) -> str:
    return f"must be a list (- item, a line each), got {_given(error)}"


def _own_words(error: ErrorDetails) -> str:
    return str(error.get("ctx", {})["error"])


def _other(error: ErrorDetails) -> str:
    return f"{error['msg']}, got {_given(error)}"


RULES: Mapping[str, Callable[[ErrorDetails], Any]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_type": _not_text,
    "int_type": _not_whole,
    "int_from_float": _not_whole,
    "bool_type": lambda error: f"must be true or false, got {_given(error)}",
    "greater_than_equal": _too_small,
    "less_than_equal": _too_large,
    "literal_error": _not_listed,
    "union_tag_invalid": _no_platform,
    "union_tag_not_found": _no_platform,
    "string_pattern_mismatch": _pattern,
    "dict_type": _not_mapping,
    "model_type": _not_mapping,
    "model_attributes_type": _not_mapping,
    "list_type": _not_list,
    "value_error": _own_words,
}
"""By pydantic's name of the error: https://docs.pydantic.dev/latest/errors/validation_errors/"""
