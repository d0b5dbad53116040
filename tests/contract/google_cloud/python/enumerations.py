"""The sandbox's table of enumerations has Google's names in the order of their numbers.

The second argument is the table as JSON: API -> field -> names.
"""

import json
import sys
from typing import Any

import google.pubsub_v1 as pubsub
from common import same
from google.cloud import artifactregistry_v1, run_v2, scheduler_v1

MODULES: dict[str, Any] = {
    "artifactregistry": artifactregistry_v1,
    "cloudscheduler": scheduler_v1,
    "pubsub": pubsub,
    "run": run_v2,
}


def enumerations(module: Any) -> dict[str, list[dict[str, int]]]:
    """By the name of a field every enumeration that a request of an API has for it."""
    fields: dict[str, list[dict[str, int]]] = {}
    visited: set[str] = set()

    def visit(message: Any) -> None:
        if message.full_name in visited:
            return
        visited.add(message.full_name)
        for field in message.fields:
            if field.enum_type:
                values = {value.name: value.number for value in field.enum_type.values}
                fields.setdefault(field.json_name, []).append(values)
            if field.message_type:
                visit(field.message_type)

    for name in dir(module):
        kind = getattr(module, name)
        if name.endswith("Request") and hasattr(kind, "pb"):
            visit(kind.pb(kind()).DESCRIPTOR)
    return fields


table = json.loads(sys.argv[2])
same(sorted(table), sorted(MODULES))
for api, fields in table.items():
    described = enumerations(MODULES[api])
    for field, names in fields.items():
        numbers = {name: number for number, name in enumerate(names) if name}
        same((api, field, numbers in described[field]), (api, field, True))
