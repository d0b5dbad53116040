"""What the stacks of each environment declare, as `slipway bootstrap declared` wrote it: of it rights are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from ruamel.yaml import YAML

COPIED = ("dev", "staging")
"""The environments whose labels throw-away copies carry."""
FILE = Path(__file__).with_name("declared.yaml")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the stacks of one environment, or of some, declare."""

    types: tuple[str, ...]
    """Resource types of both clouds, sorted."""
    project_roles: tuple[str, ...] = ()
    """Roles that are granted in the whole Google project, sorted."""


def declared_by(environments: Sequence[str], file: Path = FILE) -> Declared:
    """What the stacks of ``environments`` declare together.

    Raises :class:`pulumi.RunError` where the file has nothing of one of them.
    """
    entries: Mapping[str, Mapping[str, Sequence[str]]] = (
        YAML(typ="safe").load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    )
    if missing := [name for name in environments if name not in entries]:
        raise pulumi.RunError(
            f"bootstrap/{file.name} has nothing of {', '.join(missing)}, "
            f"it has {', '.join(entries) or 'no environment'}: write it with `slipway bootstrap declared`"
        )
    chosen = [entries[name] for name in environments]
    return Declared(
        types=tuple(sorted({one for entry in chosen for one in entry["types"]})),
        project_roles=tuple(sorted({one for entry in chosen for one in entry["project_roles"]})),
    )
