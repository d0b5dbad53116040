"""The Python that the ``pulumi`` command runs a program with: the one of this command, wherever it is installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from slipway.engine.project.yamlfile import read
from slipway.errors import UserError


@contextmanager
def interpreter(root: Path) -> Iterator[None]:
    """While it lasts, ``pulumi`` finds a Python with the program's packages in the folder that ``Pulumi.yaml`` names.

    Where there is none, ``pulumi`` makes an environment in that folder, fails because it lacks packages, and leaves it
    behind. So a checkout without an environment of its own gets a link to this command's, which is removed at the end.
    https://www.pulumi.com/docs/iac/languages-sdks/python/#virtual-environments

    Raises :class:`UserError` for an environment without the package ``pulumi``.
    """
    folder = _environment(root)
    if folder is None or _has_pulumi(folder):
        yield
        return
    with suppress(OSError):
        folder.rmdir()  # an empty folder is no environment
    if folder.exists() or folder.is_symlink():
        raise UserError(f"the environment {folder} has no package `pulumi`, so no program runs in it: `make setup`")
    folder.symlink_to(sys.prefix, target_is_directory=True)
    try:
        yield
    finally:
        folder.unlink(missing_ok=True)


def _environment(root: Path) -> Path | None:
    """The folder of the program's environment; None where ``Pulumi.yaml`` names none."""
    runtime = read(root / "Pulumi.yaml").get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    name = options.get("virtualenv") if isinstance(options, dict) else None
    return root / str(name) if name else None


def _has_pulumi(folder: Path) -> bool:
    python = (folder / "bin/python").exists() or (folder / "Scripts/python.exe").exists()
    packages = [*folder.glob("lib/python*/site-packages/pulumi"), *folder.glob("Lib/site-packages/pulumi")]
    return python and bool(packages)
