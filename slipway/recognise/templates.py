"""Templates of settings that an author leaves to be copied: ``config.example.py``, ``settings.ini.sample``."""

import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass

WORDS = r"examples?|samples?|templates?|dist|default|skel|tpl|tmpl|copy_?me"
AFTER = re.compile(rf"(?P<stem>\.?\w[\w-]*?)[._-](?:{WORDS})(?P<end>\.\w+)", re.IGNORECASE)
"""``config.example.py``, ``local_settings_sample.py``, ``settings-template.json``."""
LAST = re.compile(rf"(?P<stem>\.?\w[\w-]*)(?P<end>\.\w+)[._-](?:{WORDS})", re.IGNORECASE)
"""``settings.ini.sample``."""
BEFORE = re.compile(rf"(?:{WORDS})[._-](?P<stem>\w[\w-]*)(?P<end>\.\w+)", re.IGNORECASE)
"""``example_config.py``."""
ENDS = frozenset({".py", ".ini", ".cfg", ".conf", ".json", ".toml", ".yaml", ".yml", ".xml", ".properties"})
"""What settings are written in; a page's template ends in another way."""
PAGES = re.compile(r"(?i)^(readme|install|setup|getting.?started)[\w.-]*$")
"""Files that say how an app is started."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A file to be copied."""

    path: str
    target: str
    """What the app reads."""


def templates_of(files: Collection[str]) -> list[Template]:
    """The templates among files whose copy is not there, the upper folders first."""
    templates = [
        Template(path=path, target=target)
        for path in sorted(files, key=lambda path: (path.count("/"), path))
        if (target := _target(path)) and target not in files
    ]
    return [one for one in templates if [other.target for other in templates].count(one.target) == 1]


def _target(path: str) -> str:
    folder, name = posixpath.split(path)
    for form in (AFTER, LAST, BEFORE):
        match = form.fullmatch(name)
        if match is not None and match["end"].lower() in ENDS:
            return posixpath.join(folder, f"{match['stem']}{match['end']}")
    return ""


def needed_template(error: str, templates: Collection[Template], pages: str) -> Template | None:
    """The template whose copy an app's error asks for; else the only one that the app's own ``pages`` name.

    The error names the file, or the module that it would be.
    """
    for template in templates:
        if _is_named(template.target, error):
            return template
    of_pages = [one for one in templates if posixpath.basename(one.path) in pages]
    return of_pages[0] if len(of_pages) == 1 else None


def _is_named(target: str, error: str) -> bool:
    name = posixpath.basename(target)
    if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", error):
        return True
    stem, dot, end = name.rpartition(".")
    return f"{dot}{end}" == ".py" and bool(
        re.search(rf"No module named '(?:[\w.]+\.)?{re.escape(stem)}'|cannot import name '{re.escape(stem)}'", error)
    )
