"""How local files are named in the state, and what stands for a file that is no longer at hand."""

import os
from pathlib import Path

import pulumi

ELSEWHERE = pulumi.StringAsset("The file was uploaded by an earlier deployment and stays as it is.\n")
"""The source of an uploaded object whose file is not on this machine; beside ``ignore_changes=["source"]``.

Not an empty text: Pulumi's engine refuses an asset without content already in the preview.
"""


def stored(path: Path) -> str:
    """``path`` relative to the working folder if it lies below it, absolute otherwise.

    A checkpoint keeps the paths of assets. They are compared by their content, but a path of one machine in the state
    of all is noise in every diff of it.
    """
    relative = os.path.relpath(path)
    return str(path.absolute()) if relative.startswith("..") else Path(relative).as_posix()
