"""Prints the tests near the files that have changed since the last commit: what `make quick` runs.

A test file that changed is run itself; for a file of the code, the unit tests of its room.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ALWAYS = "tests/unit/test_house.py"
ROOMS = {"slipway": 2, "components": 1, "stacks": 1, "policy": 1}
"""By top folder, how many parts of a file's path name its room."""


def near(changed: Iterable[str], root: Path) -> list[str]:
    """The paths of the tests near ``changed``, sorted; those that are always run among them."""
    tests = {ALWAYS}
    for path in map(Path, changed):
        if path.parts[0] == "tests" and path.name.startswith("test_"):
            tests.add(str(path))
        elif path.parts[0] in ROOMS and path.suffix == ".py":
            tests.add(f"tests/unit/{path.parts[ROOMS[path.parts[0]] - 1].removesuffix('.py')}")
    return sorted(test for test in tests if (root / test).exists())


def main() -> int:
    """Ask git what has changed, and print the tests on one line."""
    listed = ["git", "ls-files", "--others", "--exclude-standard"], ["git", "diff", "--name-only", "HEAD"]
    outputs = [subprocess.run(words, capture_output=True, text=True, check=True).stdout for words in listed]
    sys.stdout.write(" ".join(near("".join(outputs).splitlines(), Path.cwd())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
