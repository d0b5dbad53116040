"""A repository on GitHub, as the tokens of its jobs name it.

https://docs.github.com/en/actions/reference/security/oidc: the subject of a token names the repository by its name, and
in repositories that were created or renamed since 15 July 2026 by the owner's and the repository's ids as well.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GithubRepository:
    """One repository. Its ids stay when it is renamed, and are never given to another."""

    name: str
    """``OWNER/NAME``."""
    id: str
    """Digits."""
    owner_id: str
    """Digits."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.name):
            raise ValueError(f"a repository is OWNER/NAME, got {self.name!r}")
        for what, id in (("repository", self.id), ("owner", self.owner_id)):
            if not re.fullmatch(r"\d+", id):
                raise ValueError(f"the id of a {what} has digits alone, got {id!r}")

    def subjects(self, environment: str) -> tuple[str, str]:
        """The subject of a job in an environment: with ids, and as older repositories still send it."""
        owner, _, name = self.name.partition("/")
        return (
            f"repo:{owner}@{self.owner_id}/{name}@{self.id}:environment:{environment}",
            f"repo:{self.name}:environment:{environment}",
        )

    def workflows(self, files: Sequence[str], ref: str) -> list[str]:
        """What a token's ``job_workflow_ref`` is for jobs of these workflow files at a ref."""
        return [f"{self.name}/.github/workflows/{file}@{ref}" for file in files]
