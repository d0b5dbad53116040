"""An app's setting `allow_keys_in` reaches the artifact of every platform."""

from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.bundle import BundleError, Cache
from stacks import platforms
from stacks.artifacts import MADE

KEY = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKjMzEfYyji\n"
"""In two parts, so that this file holds none."""
APPS: dict[str, Callable[[list[str]], platforms.AnyApp]] = {
    "app-engine": lambda allowed: platforms.AppEngineApp(
        platform="app-engine", source="app", entrypoint="gunicorn -b :$PORT main:app", allow_keys_in=allowed
    ),
    "beanstalk": lambda allowed: platforms.BeanstalkApp(platform="beanstalk", source="app", allow_keys_in=allowed),
    "lambda": lambda allowed: platforms.LambdaApp(
        platform="lambda", source="app", handler="main.handler", allow_keys_in=allowed
    ),
    "pythonanywhere": lambda allowed: platforms.PythonAnywhereApp(
        platform="pythonanywhere", source="app", entry="main:app", interface="wsgi", allow_keys_in=allowed
    ),
}


@pytest.mark.parametrize("platform", APPS)
def test_an_allowed_file_is_packed(platform: str, tmp_path: Path):
    """The file that the setting names may hold a key; without the setting the build stops."""
    source = tmp_path / "app"
    source.mkdir()
    (source / "main.py").write_text("def app(environ, start_response):\n    return []\n\nhandler = app\n")
    (source / "fixture.txt").write_text(KEY)
    refused, allowed = APPS[platform]([]), APPS[platform](["fixture.txt"])
    cache = Cache.around(source)
    with pytest.raises(BundleError, match=r"fixture\.txt, line 1"):
        MADE[type(refused)](source, refused, "3.11", cache)
    assert any(name.endswith("fixture.txt") for name in MADE[type(allowed)](source, allowed, "3.11", cache).manifest)
