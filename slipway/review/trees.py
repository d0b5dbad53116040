"""Revisions as folders: the working tree as it is, any other as git has it."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from slipway.errors import UserError
from slipway.stack.project import Project

WORKTREE = "worktree"
"""What stands for the files as they are now, committed or not."""
KEPT = 6
"""Checked out revisions that are kept, so that the next review of one begins at once."""


@dataclass(frozen=True)
class Tree:
    """A revision's files."""

    root: Path
    """The folder of its Pulumi.yaml."""
    name: str
    """The revision as it was asked for."""
    commit: str
    """Its full id; empty for the working tree."""

    @property
    def stacks(self) -> frozenset[str]:
        """The stacks that have a file."""
        return frozenset(Project(self.root, self.root).stacks)


def tree_of(revision: str, project: Project) -> Tree:
    """The files of a revision of the project's repository, in a folder of the project's state folder.

    Raises :class:`UserError` for a revision that git does not know, and outside of a repository.
    """
    if revision == WORKTREE:
        return Tree(project.root, WORKTREE, "")
    if revision.startswith("-"):
        raise UserError(f"{revision!r} is no revision: name a branch, a tag or a commit, as origin/main")
    commit = _git(project.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not commit:
        raise UserError(
            f"git knows no revision {revision!r} here: name a branch, a tag or a commit, as origin/main; "
            "a shallow clone has only its newest (git fetch --unshallow)"
        )
    prefix = _git(project.root, "rev-parse", "--show-prefix") or ""
    folder = project.state_folder / "review" / commit
    if not (folder / ".git").is_dir():
        shutil.rmtree(folder, ignore_errors=True)  # an earlier Slipway's, which could not tell its files' commits
        _check_out(commit, folder, project.root)
    os.utime(folder)
    _bound(folder.parent)
    root = folder / prefix
    if not (root / "Pulumi.yaml").is_file():
        raise UserError(f"{revision} ({commit[:12]}) has no {prefix}Pulumi.yaml: there is no program to compare with")
    return Tree(root, revision, commit)


def _check_out(commit: str, folder: Path, repository: Path) -> None:
    """Write a commit's files. An index of its own: `git archive` would obey the revision's export-ignore.

    The folder is a repository at that commit, on the objects of the one that it is of: images are labelled with the
    last commit of their files, and a folder without a history would say that every image changes.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="tmp-") as place:
        index = {"GIT_INDEX_FILE": str(Path(place) / "index")}
        top = Path(_git(repository, "rev-parse", "--show-toplevel") or repository)
        files = Path(place) / "files"
        files.mkdir()
        _git(top, "read-tree", commit, environment=index, needed=True)
        _git(top, "checkout-index", "--all", f"--prefix={files}/", environment=index, needed=True)
        _give_history(files, commit, top)
        shutil.move(index["GIT_INDEX_FILE"], files / ".git" / "index")
        if not folder.is_dir():
            files.rename(folder)


def _give_history(files: Path, commit: str, top: Path) -> None:
    """Make a folder a repository that borrows the objects and settings of ``top``, where nothing changes."""

    def own(name: str) -> Path:
        return top / str(_git(top, "rev-parse", "--git-path", name, needed=True))

    form = _git(top, "rev-parse", "--show-object-format", needed=True)
    _git(files, "init", "--quiet", "--template=", f"--object-format={form}", needed=True)
    git = files / ".git"
    (git / "objects" / "info").mkdir(exist_ok=True)
    (git / "objects" / "info" / "alternates").write_text(f"{own('objects').resolve()}\n", encoding="utf-8")
    if own("shallow").is_file():
        shutil.copyfile(own("shallow"), git / "shallow")
    # The address of origin, and filters: what would be written otherwise counts as changed otherwise.
    _git(files, "config", "include.path", str(own("config").resolve()), needed=True)
    _git(files, "update-ref", "--no-deref", "HEAD", commit, needed=True)


def _bound(folder: Path) -> None:
    """Forget the revisions that were looked at longest ago."""
    trees = [entry for entry in folder.iterdir() if len(entry.name) in (40, 64) and entry.is_dir()]
    for tree in sorted(trees, key=lambda entry: entry.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(tree, ignore_errors=True)


def _git(folder: Path, *words: str, environment: dict[str, str] | None = None, needed: bool = False) -> str | None:
    """What git answers; None where it refuses. Raises :class:`UserError` where it is ``needed``, or not there."""
    inputs = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | (environment or {})
    try:
        done = subprocess.run(["git", *words], cwd=folder, env=inputs, capture_output=True, text=True)
    except FileNotFoundError:
        raise UserError("a review compares two revisions and needs git, which is not on the PATH") from None
    if done.returncode and "not a git repository" in done.stderr:
        raise UserError(
            f"a review compares two revisions, and {folder} is in no Git repository: `git init`, then `git add . && "
            "git commit -m start` makes the first"
        )
    if done.returncode and needed:
        raise UserError(f"git {words[0]} failed in {folder}: {done.stderr.strip()}")
    return None if done.returncode else done.stdout.strip()
