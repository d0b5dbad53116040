"""What pipelines stand on is a program of its own in ``bootstrap/``, which a person brings up once, with ``pulumi``."""

import shutil
import subprocess
from collections.abc import Sequence

from slipway.errors import UserError
from slipway.stack.engines import INSTALL
from slipway.stack.project import Project


def bootstrap(words: Sequence[str]) -> int:
    """Run ``pulumi WORDS`` in the bootstrap's folder; its exit status. Raises :class:`UserError`."""
    folder = Project.find().root / "bootstrap"
    if not (folder / "Pulumi.yaml").is_file():
        raise UserError(f"there is no program in {folder}: run slipway inside a checkout that has it")
    if not words:
        raise UserError("say what `pulumi` is to do in bootstrap/: slipway bootstrap preview, slipway bootstrap up")
    if shutil.which("pulumi") is None:
        raise UserError(
            f"the bootstrap needs the `pulumi` command, and there is none on the PATH: install it ({INSTALL})"
        )
    return subprocess.run(["pulumi", "-C", str(folder), *words]).returncode
