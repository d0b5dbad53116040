"""How a local file is named in the state."""

import os
from pathlib import Path


def stored(path: Path) -> str:
    """``path`` relative to the working folder where it lies below it, absolute otherwise.

    A checkpoint keeps the paths of assets. They are compared by their content, but a path of one machine in the state
    of all is noise in every diff of it.
    """
    relative = os.path.relpath(path)
    return str(path.absolute()) if relative.startswith("..") else Path(relative).as_posix()
