"""A review from end to end: two revisions in, what they do to every environment out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from slipway.bundle.cache import Cache
from slipway.bundle.vulnerabilities import scanner_here
from slipway.errors import UserError, nearest
from slipway.review.compare import compare
from slipway.review.evaluation import Evaluator
from slipway.review.model import Review
from slipway.review.scans import Scans
from slipway.review.trees import WORKTREE, Tree, tree_of
from slipway.stack.project import Project


def make_review(project: Project, base: str, head: str, stacks: Sequence[str], today: date) -> Review:
    """Compare two revisions for ``stacks``; for all that either has where none are named.

    Raises :class:`UserError` for a revision or a stack that is not there.
    """
    with Evaluator(project) as evaluator:
        before, after = tree_of(base, project), tree_of(head, project)
        names = _chosen(stacks, before, after)
        outcomes = evaluator.evaluate(before, after, names)
    cache = Cache.at(project.state_folder)
    environments = [
        compare(name, outcomes[name].get("base"), outcomes[name].get("head"), cache, today) for name in names
    ]
    if scanner := scanner_here():
        scans = Scans(scanner, cache, project.root, today)
        environments = [
            replace(one, scanned=scans.of(outcomes[one.name]["head"], outcomes[one.name].get("base")))
            if one.status not in ("failed", "removed")
            else one
            for one in environments
        ]
    return Review(base=_label(before), head=_label(after), environments=tuple(environments))


def _chosen(stacks: Sequence[str], before: Tree, after: Tree) -> list[str]:
    there = sorted(before.stacks | after.stacks)
    for stack in stacks:
        if stack not in there:
            raise UserError(
                f"neither revision has a stack {stack!r}{nearest(stack, there)}: there are {', '.join(there) or 'none'}"
            )
    return sorted(set(stacks)) or there


def _label(tree: Tree) -> str:
    if tree.name == WORKTREE:
        return "the working tree"
    return tree.commit[:12] if tree.commit.startswith(tree.name) else f"{tree.name} ({tree.commit[:12]})"
