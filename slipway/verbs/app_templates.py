"""The copy of a template of settings that an app asks for when it is tried: ``config.example.py`` as ``config.py``."""

import re
import shutil

from slipway.bundle.ignore import GITIGNORE, IGNORE_FILE, Rules
from slipway.bundle.tree import look_through
from slipway.recognise import Recognised
from slipway.recognise.templates import PAGES, needed_template, templates_of

FILLED = re.compile(
    r"^\W*(\w*(?:SECRET|PASSWORD|TOKEN|API_?KEY|PRIVATE_?KEY)\w*)[\"']?\s*[:=]", re.IGNORECASE | re.MULTILINE
)
"""A line of settings with a secret."""


def copied_template(app: Recognised, error: str, *, by_pages: bool = False) -> str:
    """Copy the template that an app's error asks for, and name the copy; "" where there is none.

    ``by_pages``: also the only one that the app's own pages name, as a README that says to copy it.
    """
    root = app.root
    tree = look_through(root)
    files = {*tree.files, *(one.path for one in tree.left_out)}
    templates = [one for one in templates_of(files) if not (root / one.target).exists()]
    if not templates:
        return ""
    pages = [root / name for name in tree.files if by_pages and "/" not in name and PAGES.match(name)]
    text = "\n".join(page.read_text(encoding="utf-8", errors="replace") for page in pages)
    template = needed_template(error, [one for one in templates if one.path in tree.files], text)
    if template is None:
        return ""
    copy = root / template.target
    shutil.copyfile(root / template.path, copy)
    _take_in(app, template.target)
    secrets = list(dict.fromkeys(FILLED.findall(copy.read_text(encoding="utf-8", errors="replace"))))
    values = f", {', '.join(secrets)} among them" if secrets else ""
    print(f"wrote {copy}, a copy of {template.path}: its values are the example's{values}; fill in your own")
    return template.target


def _take_in(app: Recognised, target: str) -> None:
    """Say that a file belongs to the app which its ``.gitignore`` leaves out."""
    git, own = app.root / GITIGNORE, app.root / IGNORE_FILE
    texts = [path.read_text(encoding="utf-8") if path.is_file() else "" for path in (own, git)]
    if Rules.parse(texts[0], git=texts[1]).why_not(target, folder=False) == GITIGNORE:
        own.write_text(f"{texts[0].rstrip()}\n!/{target}\n".lstrip(), encoding="utf-8")
