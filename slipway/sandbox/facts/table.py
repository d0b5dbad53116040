"""What the real plugins say of their types, by package: read from two files beside this one.

``schemas.json`` is of the schemas of Pulumi's Google plugin (9.35 to 10.2) and Docker plugin (5.x): inputs, what
replaces by schema, secrets, outputs. ``diffs.json`` is what the Google plugin's own Diff answered when one property of
an existing resource was changed. Where the two differ, the Diff is what a user meets.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from slipway.providers.protocol.facts import Effect, Facts


@cache
def of(package: str) -> Mapping[str, Facts]:
    """The facts of a package's types by their tokens; empty for a package that was not measured."""
    diffs = _read("diffs.json")
    return {
        type: _facts(schema, diffs.get(type, {}))
        for type, schema in _read("schemas.json").items()
        if type.startswith(f"{package}:")
    }


def _facts(schema: Mapping[str, Any], diffs: Mapping[str, str]) -> Facts:
    by_schema = {key: Effect.REPLACE for key, input in schema["inputs"].items() if input.get("replaces")}
    secret = {key for key, input in schema["inputs"].items() if input.get("secret")} | set(schema["secret_outputs"])
    return Facts(
        effects={**by_schema, **{key: Effect(effect) for key, effect in diffs.items()}},
        inputs=frozenset(schema["inputs"]),
        outputs=frozenset(schema["outputs"]),
        secret=frozenset(secret),
    )


def _read(name: str) -> Mapping[str, Any]:
    return json.loads(files("slipway.sandbox.facts").joinpath(name).read_text(encoding="utf-8"))
