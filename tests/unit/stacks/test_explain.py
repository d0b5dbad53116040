"""The settings explain themselves, and the guide's tables are made of them."""

import pytest
from pydantic import BaseModel, ConfigDict, Field

from stacks.explain import NEEDED, settings
from stacks.page import GUIDE, TABLES, settings_tables, with_table
from stacks.setting_metadata import metadata, misplaced
from stacks.settings import SCALARS, STRUCTURED


def by_key():
    return {(row.key, row.platform): row for row in settings()}


@pytest.mark.parametrize("name", TABLES)
def test_the_guide_tells_what_the_code_does(name):
    """`python -m stacks.page` has nothing to change."""
    page = (GUIDE / name).read_text()
    assert with_table(name, page) == page


def test_a_page_without_its_marks_is_refused():
    """A table is never put just anywhere."""
    with pytest.raises(ValueError, match=r"settings\.md needs the two lines"):
        with_table("settings.md", "# Settings\n")


def test_each_setting_is_in_one_table():
    """A key in a part of the file that no table has would be left out of the page."""
    page = (GUIDE / "settings.md").read_text()
    lines = [line for line in settings_tables().splitlines() if line.startswith("| `")]
    assert len(lines) == len(settings())
    assert settings_tables() in page


def test_every_setting_of_a_stack_file_is_explained():
    """None is left out, and each says what it is."""
    rows = settings()
    assert {f"slipway:{name}" for name in SCALARS | STRUCTURED | {"secrets"}} <= {row.key for row in rows}
    assert [row.key for row in rows if not row.what.endswith(".") or not row.default] == []


def test_a_number_has_a_unit_and_a_default():
    """Memory in MB, the timeout in seconds; what has no default says so."""
    rows = by_key()
    memory, timeout = (rows[(f"slipway:apps.NAME.{name}", "lambda")] for name in ("memory", "timeout"))
    assert (memory.unit, memory.default) == ("MB", "128")
    assert (timeout.unit, timeout.default) == ("seconds", "10")
    assert rows[("slipway:gcp.region", "")].default == NEEDED


def test_what_every_app_has_is_explained_once():
    """A setting of both platforms has no platform of its own."""
    platforms = [row.platform for row in settings() if row.key == "slipway:apps.NAME.source"]
    assert platforms == [""]


def test_environments_are_explained():
    """Who may change it: all, some, or none because the stack's name decides."""
    rows = by_key()
    allowed = {key: rows[(f"slipway:{key}", "")].environments for key in ("owner", "budget", "kind", "environment")}
    assert allowed == {"owner": "all", "budget": "dev, staging, prod", "kind": "dev, staging", "environment": "none"}


class Inner(BaseModel):
    """A setting with a place of its own."""

    real: int = Field(default=0, json_schema_extra=metadata(only=("prod",)))


class Outer(BaseModel):
    """What holds it, once and by name."""

    model_config = ConfigDict(frozen=True)

    one: Inner = Field(default_factory=Inner)
    many: dict[str, Inner] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("given", "key"), [({"one": {"real": 1}}, "one.real"), ({"many": {"a": {}, "b": {"real": 0}}}, "many.b.real")]
)
def test_what_may_not_be_changed_is_found_wherever_it_is(given, key):
    """Below a mapping, and even where it is set to its default: it was given."""
    outer = Outer.model_validate(given)
    assert misplaced(outer, "dev") == f"{key}: may be set in prod only, got it in dev: take it out"
    assert misplaced(outer, "prod") == ""
    assert misplaced(Outer(), "dev") == ""
