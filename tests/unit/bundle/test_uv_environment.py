"""uv, and the packages that it builds, see nothing of the user's secrets."""

import pytest

from slipway.bundle.uv import visible


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
