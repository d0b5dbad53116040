"""An app that today's packages break is refused with the package that broke it."""

from pathlib import Path

import pytest

from slipway.verbs.newer_versions import newer_version

PYLOCK = '[[packages]]\nname = "jinja2"\nversion = "3.1.6"\n\n[[packages]]\nname = "flask"\nversion = "3.0.3"\n'


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            "shop: ImportError: cannot import name 'Markup' from 'jinja2' (/x/jinja2/__init__.py)\ntrace",
            "with today's jinja2 3.1.6, which has no Markup in jinja2: write `jinja2<3.1` or else `jinja2<3` into",
        ),
        (
            "shop: ModuleNotFoundError: No module named 'flask.ext'",
            "shop fails with today's flask 3.0.3, which has no ext in flask: write `flask<3` into",
        ),
        ("shop: AttributeError: module 'flask' has no attribute 'Old'", "which has no Old in flask"),
        ("shop: ModuleNotFoundError: No module named 'django'", ""),
        ("shop: ImportError: cannot import name 'x' from 'texts' (/x/texts.py)", ""),
        ("shop: ValueError: 3", ""),
    ],
)
def test_a_lost_name_names_its_package(tmp_path: Path, error: str, words: str):
    """Where the name was a package's of the lock; an app's own mistake stays its own."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "pylock.toml").write_text(PYLOCK)
    sentence = newer_version(error, folder, "requirements.txt")
    assert words in sentence
    assert bool(sentence) == bool(words)


def test_a_compiled_list_of_requirements_is_read_too(tmp_path: Path):
    """The other form of a lock that Slipway writes."""
    (tmp_path / "requirements.txt").write_text("werkzeug==3.1.0 \\\n    --hash=sha256:0\n")
    error = "ModuleNotFoundError: No module named 'werkzeug.contrib'"
    assert "`werkzeug<3.1` or else `werkzeug<3` into" in newer_version(error, tmp_path, "requirements.in")
