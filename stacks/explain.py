"""Every setting: what it is, its unit, its default, which environments may change it; made of the model itself.

``python -m stacks.explain`` prints it as JSON, which ``slipway config explain`` shows as a table.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from slipway.wire.settings import Setting
from stacks.platforms import PLATFORMS
from stacks.problems import INTERNAL, MODELS, key
from stacks.setting_metadata import environments, unit
from stacks.tables import ENVIRONMENTS

NEEDED = "needed"
NONE = "none"


def settings() -> list[Setting]:
    """All of them, an outer one before what is in it; what every app has, once."""
    rows = [row for place, model in MODELS.items() for row in _of(place, model)]
    every = [row for row in rows if all(_same(row, platform) in rows for platform in PLATFORMS)]
    once: dict[tuple[str, str], Setting] = {}
    for row in rows:
        text = _same(row, "") if row in every else row
        once.setdefault((text.key, text.platform), text)
    return sorted(once.values(), key=lambda row: (row.key.startswith("slipway:apps.NAME"), row.platform))


def _of(place: tuple[str, ...], model: type[BaseModel]) -> Iterator[Setting]:
    named = ["NAME" if part == "*" else part for part in place]
    platform = place[2] if place[:1] == ("apps",) and len(place) > 2 else ""
    for name, field in model.model_fields.items():
        if not place and name in INTERNAL:
            continue
        what, default = _default(field)
        yield Setting(key((*named, name)), platform, what, unit(field), default, _where(environments(field)))


def _same(row: Setting, platform: str) -> Setting:
    return Setting(**{**asdict(row), "platform": platform})


def _where(allowed: tuple[str, ...]) -> str:
    if set(allowed) == set(ENVIRONMENTS):
        return "all"
    return ", ".join(allowed) or NONE


def _default(field: FieldInfo) -> tuple[str, str]:
    """What a setting is and its default, which a description says where it is no plain value."""
    what, _, text = (field.description or "").partition(" Default: ")
    if text:
        return what, text.rstrip(".")
    if field.is_required():
        return what, NEEDED
    return what, _plain(field.get_default(call_default_factory=True))


def _plain(value: object) -> str:
    if value in (None, [], {}) or isinstance(value, BaseModel):
        return NONE
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    json.dump([asdict(row) for row in settings()], sys.stdout, ensure_ascii=False)
