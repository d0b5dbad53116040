"""What a setting says of itself beside its description: its unit, and which environments may change it."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from stacks.tables import ENVIRONMENTS


def metadata(unit: str = "", *, only: Sequence[str] = ENVIRONMENTS) -> dict[str, Any]:
    """A field's ``json_schema_extra``: its unit, and the environments ``only`` in which it may be set."""
    return {"unit": unit, "environments": list(only)}


def number(unit: str, description: str, *, default: Any = ..., least: int, most: int | None = None) -> Any:  # noqa: ANN401
    """The field of a number of ``unit`` from ``least`` to ``most``; required without a ``default``.

    Returns what pydantic's Field returns, which fits a setting of any type.
    """
    return Field(default=default, ge=least, le=most, description=description, json_schema_extra=metadata(unit))


def unit(field: FieldInfo) -> str:
    """What a number counts; "" for what is no number."""
    return _extra(field).get("unit", "")


def environments(field: FieldInfo) -> tuple[str, ...]:
    """The environments that may change a setting, which are all where it does not say."""
    return tuple(_extra(field).get("environments", ENVIRONMENTS))


def misplaced(settings: BaseModel, environment: str) -> str:
    """What is set though ``environment`` may not change it, as a sentence; "" where nothing is."""
    for key, field in _given(settings, ""):
        if environment not in (allowed := environments(field)):
            return f"{key}: may be set in {', '.join(allowed)} only, got it in {environment}: take it out"
    return ""


def _given(model: BaseModel, place: str) -> Iterator[tuple[str, FieldInfo]]:
    """Every setting that was given and need not be, the outer ones first."""
    for name in sorted(model.model_fields_set):
        field, value, key = type(model).model_fields[name], getattr(model, name), f"{place}{name}"
        if not field.is_required():
            yield key, field
        for inner, below in value.items() if isinstance(value, dict) else (("", value),):
            if isinstance(below, BaseModel):
                yield from _given(below, f"{key}.{inner}." if inner else f"{key}.")


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
