"""An app that today's packages break is refused with the package that broke it."""

from pathlib import Path

import pytest

from slipway.verbs.newer_versions import is_in_a_package, newer_version

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


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("/x/site-packages/pydantic/utils.py", True),
        (".packages/pydantic/utils.py", True),
        ("main.py", False),
        ("/usr/lib/python3.11/inspect.py", True),
        ("<frozen runpy>", True),
        ("pyarrow/lib.pyx", True),
    ],
)
def test_a_packages_failure_is_known_by_its_own_frame(last: str, expected: bool):
    """Python's own files and compiled parts below it raise what it has done wrong."""
    frames = ["main.py", "/x/site-packages/fastapi/models.py", last]
    lines = "".join(f'  File "{frame}", line 3, in <module>\n    x\n' for frame in frames)
    assert is_in_a_package(f"shop: ValueError: no\nTraceback:\n{lines}ValueError: no") is expected
