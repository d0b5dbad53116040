"""The bill of materials of an image: what of the app is in it, in CycloneDX's form, which scanners read.

Only what is known: the app's packages by the lock, the base by its name. The same inputs give the same bytes.
https://cyclonedx.org/docs/1.6/json/
"""

import json
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FORM = "1.6"
SUFFIX = ".cdx.json"
KEPT = 20
"""Bills of an app that stay; the oldest go first."""
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 9562's for addresses: a bill's number follows from its content."""


def bill_of(packages: Mapping[str, str], labels: Mapping[str, str], bases: Iterable[str]) -> str:
    """The bill of an image with ``labels`` (:func:`slipway.bundle.commits.labels_of`), of Python packages and bases."""
    facts = {name.rpartition(".")[2]: value for name, value in labels.items()}
    root = f"{facts['title']}@{facts['version']}"
    components = [_package(name, version) for name, version in sorted(packages.items())]
    components += [_base(base) for base in sorted(set(bases))]
    image: dict[str, Any] = {
        "type": "container",
        "bom-ref": root,
        "name": facts["title"],
        "version": facts["version"],
        "properties": [{"name": name, "value": value} for name, value in sorted(labels.items())],
    }
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{FORM}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": FORM,
        "version": 1,
        "metadata": {**({"timestamp": facts["created"]} if "created" in facts else {}), "component": image},
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [component["bom-ref"] for component in components]}],
    }
    number = uuid.uuid5(NAMESPACE, json.dumps(document, sort_keys=True))
    return json.dumps({**document, "serialNumber": f"urn:uuid:{number}"}, indent=1, sort_keys=True) + "\n"


def write_bill(path: Path, bill: str) -> None:
    """Write it to ``path``, in a folder of the app's own; the oldest beside it go. Raises :class:`OSError`."""
    if path.is_file():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(bill, encoding="utf-8")
    draft.replace(path)
    bills = sorted(path.parent.glob(f"*{SUFFIX}"), key=lambda beside: beside.stat().st_mtime)
    for old in bills[:-KEPT]:
        old.unlink(missing_ok=True)


def _package(name: str, version: str) -> dict[str, str]:
    """By its package URL, whose names are normalised: https://github.com/package-url/purl-spec."""
    normalised = re.sub(r"[-_.]+", "-", name).lower()
    purl = f"pkg:pypi/{normalised}@{version.replace('+', '%2B')}"
    return {"type": "library", "bom-ref": purl, "name": normalised, "version": version, "purl": purl}


def _base(image: str) -> dict[str, str]:
    name, _, version = image.partition("@") if "@" in image else image.rpartition(":")
    return {"type": "container", "bom-ref": f"base:{image}", "name": name or image, "version": version}
