"""The files for PythonAnywhere: the app at the top, its packages in one folder."""

import pytest

from slipway.bundle import BundleError, Cache, pythonanywhere_zip
from slipway.bundle.build import read_app
from slipway.bundle.kinds import kind_of


def test_a_flask_app_by_pythonanywheres_own_name_is_known(folder, cache: Cache):
    """`flask_app.py` is what PythonAnywhere calls the module of a new Flask app."""
    assert kind_of(read_app(folder({"flask_app.py": ""}), cache)).name == "pythonanywhere-zip"


def test_for_a_virtual_environment_the_lock_goes_along(folder, cache: Cache, wheelhouse):
    """Its owner installs it in a console."""
    wheelhouse.add("tool")
    source = folder({"flask_app.py": "app = 1\n", "requirements.txt": wheelhouse.lock("tool")})
    assert set(pythonanywhere_zip(source, packed=False, cache=cache).manifest) == {"flask_app.py", "requirements.txt"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"notes.txt": "x"}, "no module that PythonAnywhere could serve"),
        ({"flask_app.py": "", ".packages/mine.py": ""}, "is where the dependencies go: rename the folder"),
    ],
)
def test_what_could_not_be_served_is_refused(folder, cache: Cache, files: dict[str, str], words: str):
    """Before anything is uploaded."""
    with pytest.raises(BundleError, match=words):
        pythonanywhere_zip(folder(files), cache=cache)
