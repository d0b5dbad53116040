"""The bill of materials of an image."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from slipway.bundle.bill import KEPT, SUFFIX, bill_of, write_bill

LABELS = {
    "org.opencontainers.image.created": "2026-11-21T14:03:59Z",
    "org.opencontainers.image.title": "shop",
    "org.opencontainers.image.version": "1.2.0",
}
BILL = bill_of({"Flask_Login": "0.6.3", "torch": "2.9.0+cpu"}, LABELS, ["python:3.13-slim", f"base@sha256:{'0' * 64}"])


def test_a_bill_names_every_package_and_the_base():
    """By package URLs, as scanners look them up."""
    components = {one["name"]: one for one in json.loads(BILL)["components"]}
    assert components["flask-login"]["purl"] == "pkg:pypi/flask-login@0.6.3"
    assert components["torch"]["purl"] == "pkg:pypi/torch@2.9.0%2Bcpu"
    assert components["python"]["version"] == "3.13-slim"
    assert components["base"]["version"] == f"sha256:{'0' * 64}"


def test_a_bill_is_what_cyclonedx_says_one_is():
    """Held against the schema of the format, which its own library brings along."""
    jsonschema = pytest.importorskip("jsonschema")
    folder = files("cyclonedx.schema") / "_res"
    definition, *others = (
        json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
        for name in ("bom-1.6", "spdx", "jsf-0.82")
    )
    referencing = pytest.importorskip("referencing")
    registry = referencing.Registry().with_resources(
        (document["$id"], referencing.Resource.from_contents(document)) for document in others
    )
    jsonschema.Draft7Validator(definition, registry=registry).validate(json.loads(BILL))


def test_the_same_image_has_the_same_bill():
    """Its number too, which follows from its content."""
    again = bill_of(
        {"torch": "2.9.0+cpu", "Flask_Login": "0.6.3"}, LABELS, [f"base@sha256:{'0' * 64}", "python:3.13-slim"]
    )
    assert again == BILL
    assert json.loads(bill_of({}, LABELS, []))["serialNumber"] != json.loads(BILL)["serialNumber"]


def test_the_oldest_bills_go(tmp_path: Path):
    """Each edited line makes one."""
    for number in range(KEPT + 3):
        write_bill(tmp_path / "shop" / f"1.0.0-{number}{SUFFIX}", BILL)
    assert len(list((tmp_path / "shop").iterdir())) == KEPT


def test_a_bill_is_read_by_its_owner_alone(tmp_path):
    """What an image holds tells a stranger which of its packages are old."""
    path = tmp_path / "shop" / f"1.0.0{SUFFIX}"
    write_bill(path, BILL)
    assert path.parent.stat().st_mode & 0o077 == 0
