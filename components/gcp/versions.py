"""App Engine versions: their ids, and which of them are kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from components.names import refused_version

_DIGEST_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class Version:
    """What one version was declared with: enough to declare it again, identically, when it is no longer the newest.

    Secrets are no part of it: a version's memory is a plain output of the stack.
    """

    runtime: str
    """``python313`` and the like."""
    entrypoint: str
    digest: str
    """The artifact's digest (hex sha256)."""
    object: str
    """The source's name in the bucket."""
    min_instances: int
    max_instances: int
    instance_class: str = "F1"
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: str = ""
    """A fingerprint of the secret environment, from which it cannot be guessed; "" without one."""
    prefix: str = "v"
    subnetwork: str = ""
    """The subnetwork by which it reaches private addresses, in full; "" for none."""

    def __post_init__(self) -> None:
        if wrong := refused_version(self.id):
            raise ValueError(wrong)
        if self.min_instances < 0 or self.max_instances < max(1, self.min_instances):
            raise ValueError(
                f"min_instances must be 0 to max_instances, max_instances 1 or more, "
                f"got {self.min_instances} and {self.max_instances}"
            )

    @property
    def id(self) -> str:
        """The version's id: a digest of code and configuration, so that what is the same is called the same."""
        text = json.dumps(self.plain(), sort_keys=True, separators=(",", ":"))
        return f"{self.prefix}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]}"

    def plain(self) -> dict[str, Any]:
        """Itself as JSON values, for the stack's outputs; what came later and is not set is left out.

        Or the ids of versions that are there would be others.
        """
        fields = asdict(self)
        return fields if self.subnetwork else {key: value for key, value in fields.items() if key != "subnetwork"}

    @classmethod
    def remembered(cls, fields: Mapping[str, Any]) -> "Version":
        """The version that :meth:`plain` described; the wire has one kind of number, so counts come back as floats."""
        whole = {key: int(fields[key]) for key in ("min_instances", "max_instances")}
        return cls(**{**fields, **whole})


def older(current: Version, previous: Sequence[Version], keep: int, serving: str | None = None) -> list[Version]:
    """The versions to keep beside ``current``, newest first: ``keep`` in all, each once, and the one that serves.

    A version that becomes current again (code put back) moves to the front instead of being there twice.
    """
    if keep < 1:
        raise ValueError(f"keep must be 1 or more, got {keep}: the version that serves is one of them")
    others = list({version.id: version for version in previous if version.id != current.id}.values())
    return [version for place, version in enumerate(others, 2) if place <= keep or version.id == serving]
