"""The files for PythonAnywhere: the app at the top, its packages in one folder."""

from slipway.bundle import Cache, pythonanywhere_zip


def test_packages_are_in_one_folder(folder, cache: Cache, wheelhouse):
    """The WSGI file unpacks that folder; the lock stays out, as nothing installs it."""
    wheelhouse.add("tool")
    lock = wheelhouse.lock("tool")
    source = folder({"flask_app.py": "app = 1\n", "requirements.in": "tool", "requirements.txt": lock})
    artifact = pythonanywhere_zip(source, python="3.13", cache=cache)
    own = {path for path in artifact.manifest if not path.startswith(".packages/")}
    assert own == {"flask_app.py"}
    assert ".packages/tool.py" in artifact.manifest
    assert artifact.packages == {"tool": "1.0"}
