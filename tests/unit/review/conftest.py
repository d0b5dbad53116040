"""Reviews from data files, and small projects under git."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.review.model import Review

CASES = Path(__file__).parents[2] / "cases" / "review"
Commit = Callable[..., str]


def made(kind: Any, given: Any) -> Any:
    """A value of the model from plain data: mappings become dataclasses, lists tuples."""
    if is_dataclass(kind) and isinstance(given, Mapping):
        hints = typing.get_type_hints(kind)
        unknown = given.keys() - {field.name for field in fields(kind)}
        assert not unknown, f"{kind.__name__} has no {sorted(unknown)}"
        return kind(**{name: made(hints[name], value) for name, value in given.items()})
    if typing.get_origin(kind) is tuple:
        return tuple(made(typing.get_args(kind)[0], item) for item in given)
    assert not isinstance(kind, types.UnionType)
    return given


@pytest.fixture
def review_of() -> Callable[[str], Review]:
    """The review in a data file, by its name."""
    return lambda name: made(Review, YAML(typ="safe", pure=True).load(CASES / f"{name}.yaml"))
