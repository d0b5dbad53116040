"""The demo apps by their names: other folders of app_src are a user's own apps, which our checks leave alone."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAMES = tuple(
    path.removeprefix("app_src/")
    for path in PYPROJECT["tool"]["pytest"]["ini_options"]["testpaths"]
    if path.startswith("app_src/")
)
FOLDERS = [ROOT / "app_src" / name for name in NAMES]
