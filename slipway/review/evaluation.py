"""Has two revisions evaluated, in a process that has nothing to lose: no credentials, no passphrase, no token."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.errors import UserError
from slipway.review.trees import Tree
from slipway.stack.project import Project

SECONDS = 240.0
"""How long one stack of one revision may take, its artifacts from nothing included."""

WARM_UP = 120.0
"""Seconds for importing the SDKs."""
GRACE = 5.0
"""Seconds that a process has to end its children."""

PASSED_ON = ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "SOURCE_DATE_EPOCH")
PASSED_ON_PREFIXES = ("LC_", "XDG_", "UV_", "PIP_", "SSL_CERT_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")
"""What an evaluation sees of the environment: enough to resolve packages. Everything else stays outside."""

Outcomes = dict[str, dict[str, dict[str, Any]]]
"""Stack -> ``base`` and ``head`` -> outcome; see :mod:`slipway.review.evaluate`."""


class Evaluator:
    """The process that evaluates. It begins to import the SDKs as it is entered, while revisions are checked out."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def __enter__(self) -> "Evaluator":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "slipway.review.evaluator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(os.environ, self._project),
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def evaluate(self, base: Tree, head: Tree, stacks: Sequence[str]) -> Outcomes:
        """Evaluate every one of ``stacks`` in each revision that has it; once in the life of the process.

        Raises :class:`UserError` where that cannot be.
        """
        pairs = [
            {
                "stack": stack,
                "base": str(base.root) if stack in base.stacks else None,
                "head": str(head.root) if stack in head.stacks else None,
            }
            for stack in stacks
        ]
        job = {"pairs": pairs, "parallel": max(2, os.cpu_count() or 2), "seconds": SECONDS}
        deadline = SECONDS * 2 * max(1, len(pairs)) + WARM_UP
        try:
            answer, errors = self._process.communicate(json.dumps(job).encode(), timeout=deadline)
        except subprocess.TimeoutExpired:
            raise UserError(f"the revisions were not evaluated within {deadline:.0f} seconds") from None
        if self._process.returncode:
            text = errors.decode(errors="replace")[-4000:]
            raise UserError(f"the revisions could not be evaluated:\n{text}")
        return json.loads(answer)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process if it still runs: asked first, so that it ends its children, then for certain."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()


def environment(own: Mapping[str, str], project: Project) -> dict[str, str]:
    """The environment of an evaluation, and where it keeps artifacts."""
    suffix = {
        key: value
        for key, value in own.items()
        if key in PASSED_ON or key.upper() in PROXIES or key.startswith(PASSED_ON_PREFIXES)
    }
    return {**suffix, "SLIPWAY_HOME": str(project.state_folder), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
