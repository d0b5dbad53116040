"""What stays out of an artifact: safe defaults, the app's own ignore file, keys wherever they stand."""

import subprocess
from pathlib import Path

from slipway.bundle.tree import look_through

PATTERNS = [
    "*.log",
    "!keep.log",
    "/build/",
    "docs/**/*.txt",
    "**/cache",
    "a?c",
    "[xy].md",
    "deep/",
    r"\!odd",
    "*.tmp",
    "!deep/x.tmp",
]
PATHS = [
    "x.log", "keep.log", "a/keep.log", "build/x", "a/build/x", "docs/a.txt", "docs/a/b/c.txt", "a/docs/a.txt",
    "a/cache/x", "cache", "abc", "abbc", "x.md", "z.md", "deep/x.tmp", "a/deep/y", "!odd", "odd", "y.tmp",
]  # fmt: skip


def test_the_ignore_file_has_gits_rules(folder, tmp_path: Path):
    """Git itself, asked about the same patterns and paths, leaves out the same."""
    source = folder(dict.fromkeys(PATHS, "x") | {".slipwayignore": "\n".join(PATTERNS)})
    ours = set(look_through(source).files)
    subprocess.run(["git", "init", "-q", tmp_path / "git"], check=True)
    theirs = folder(dict.fromkeys(PATHS, "x") | {".gitignore": "\n".join(PATTERNS)}, "git")
    words = ["git", "-c", "core.excludesFile=", "ls-files", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(words, cwd=theirs, capture_output=True, text=True, check=True)
    assert ours == set(done.stdout.split("\0")) - {"", ".gitignore"}
