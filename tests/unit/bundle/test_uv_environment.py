"""uv, and the packages that it builds, see nothing of the user's secrets."""

import os
from pathlib import Path

import pytest

from slipway.bundle.uv import cache_of, visible


@pytest.mark.parametrize(
    "name",
    [
        "PULUMI_CONFIG", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN",
        "GOOGLE_OAUTH_ACCESS_TOKEN", "PYTHONANYWHERE_TOKEN", "MY_OWN", "UV_PUBLISH_TOKEN", "VIRTUAL_ENV", "PYTHONPATH",
        "SLIPWAY_PROVIDER_TOKEN", "pulumi_config",
    ],
)  # fmt: skip
def test_a_secret_is_not_handed_on(name: str):
    """The settings that Pulumi gives its program are in a variable, the sealed ones in clear."""
    assert visible({name: "secret", "PATH": "/bin"}) == {"PATH": "/bin", "NO_COLOR": "1"}


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "https_proxy", "UV_INDEX_URL", "SSL_CERT_FILE", "LC_ALL", "XDG_CACHE_HOME"]
)
def test_what_an_installation_needs_is(name: str):
    """Where the index is and how it is reached; in either case of letters for a proxy."""
    assert visible({name: "x"})[name] == "x"


def test_without_a_home_uv_has_a_cache_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A service account's home may not be there, and nothing can be made in its place."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = {"HOME": str(tmp_path / "file/home")}
    assert cache_of(home) == {"UV_CACHE_DIR": f"{tmp_path}/slipway-uv-{os.geteuid()}"}
    assert cache_of(home) == cache_of(home)
    assert cache_of({**home, "UV_CACHE_DIR": "/mine"}) == {}
    assert cache_of({"HOME": str(tmp_path)}) == {}


def test_a_cache_that_another_user_has_made_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whose packages are in it is not known: here a link stands in its place."""
    (tmp_path / "file").write_text("")
    (tmp_path / "theirs").mkdir()
    (tmp_path / f"slipway-uv-{os.geteuid()}").symlink_to(tmp_path / "theirs")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cache = cache_of({"HOME": str(tmp_path / "file/home")})["UV_CACHE_DIR"]
    assert Path(cache).stat().st_mode & 0o777 == 0o700
    assert not Path(cache).is_symlink()
