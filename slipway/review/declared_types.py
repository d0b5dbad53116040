"""What the stacks of each environment declare, by their own program: what pipelines need rights for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from slipway.errors import UserError
from slipway.review.compare import declared_in
from slipway.review.evaluation import Evaluator
from slipway.review.findings import Declared
from slipway.review.trees import WORKTREE, Tree, tree_of
from slipway.stack.project import Project

CLOUDS = ("aws:", "gcp:")
PROJECT_GRANT = "gcp:projects/iAMMember:IAMMember"
LOCAL = "sandbox"
"""The environment for which no pipeline deploys."""


@dataclass(frozen=True, kw_only=True)
class DeclaredTypes:
    """What the stacks of one environment declare."""

    types: tuple[str, ...]
    """Resource types of the clouds, sorted."""
    project_roles: tuple[str, ...]
    """Roles that are granted in the whole Google project, sorted."""


def declared_types(project: Project) -> Mapping[str, DeclaredTypes]:
    """By environment. Raises :class:`UserError` for a stack whose program fails."""
    head = tree_of(WORKTREE, project)
    with TemporaryDirectory() as nothing, Evaluator(project) as evaluator:
        outcomes = evaluator.evaluate(Tree(Path(nothing), "", ""), head, sorted(head.stacks))
    declared: dict[str, list[Declared]] = {}
    for stack, sides in outcomes.items():
        outcome = sides["head"]
        if outcome["error"]:
            raise UserError(f"the program of {stack} fails: {outcome['error']}")
        environment = str(outcome["config"].get("slipway:environment", stack))
        declared.setdefault(environment, []).extend(declared_in(outcome["steps"]))
    return {name: _types_of(resources) for name, resources in sorted(declared.items()) if name != LOCAL}


def _types_of(resources: Sequence[Declared]) -> DeclaredTypes:
    types = {resource.type for resource in resources if resource.custom and resource.type.startswith(CLOUDS)}
    roles = {str(resource.inputs["role"]) for resource in resources if resource.type == PROJECT_GRANT}
    return DeclaredTypes(types=tuple(sorted(types)), project_roles=tuple(sorted(roles)))
