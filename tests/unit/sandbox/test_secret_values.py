"""Secrets that variables of Cloud Run refer to: read as the revision's account, and refused in Cloud Run's words."""

import base64

import pytest

from slipway.sandbox.google.errors import ApiError
from slipway.sandbox.google.secrets import ACCESSOR, SECRET, VERSION, with_values
from slipway.sandbox.stores.google import Record, Store

PROJECT, EMAIL = "demo-1a2b", "run-shop@demo-1a2b.iam.gserviceaccount.com"
NAME = f"projects/{PROJECT}/secrets/prod-shop-KEY"


@pytest.fixture
def store(tmp_path) -> Store:
    """A project with a secret of two versions, which nobody may read yet."""
    made = Store(tmp_path / "google.sqlite")
    with made.transaction() as now:
        now.put(SECRET, Record(NAME, PROJECT, {"replication": {"automatic": {}}}))
        for number, value in enumerate((b"first", b"second"), 1):
            body = {"state": "ENABLED", "data": base64.b64encode(value).decode()}
            now.put(VERSION, Record(f"{NAME}/versions/{number}", PROJECT, body))
    return made


def template(version: str) -> dict:
    """A revision with a plain variable and a reference."""
    reference = {"secretKeyRef": {"secret": "prod-shop-KEY", "version": version}}
    env = [{"name": "A", "value": "1"}, {"name": "KEY", "valueSource": reference}]
    return {"serviceAccount": EMAIL, "containers": [{"image": "shop", "env": env}]}


def allow(store: Store) -> None:
    """Let the revision's account read the secret."""
    with store.transaction() as now:
        now.grant(NAME, ACCESSOR, f"serviceAccount:{EMAIL}", {})


@pytest.mark.parametrize(("version", "value"), [("1", "first"), ("2", "second"), ("latest", "second")])
def test_a_reference_becomes_the_value_of_its_version(store: Store, version: str, value: str):
    """An earlier revision goes on with the value that it began with; plain variables stay as they are."""
    allow(store)
    (container,) = with_values(store, PROJECT, template(version), "")["containers"]
    assert container["env"] == [{"name": "A", "value": "1"}, {"name": "KEY", "value": value}]


def test_a_secret_that_the_account_may_not_read_is_refused(store: Store):
    """A forgotten grant fails in the sandbox, as in the cloud."""
    with pytest.raises(
        ApiError, match=r"Permission denied on secret: .*/prod-shop-KEY/versions/1 for Revision service"
    ):
        with_values(store, PROJECT, template("1"), "Revision 'shop-1': ")


def test_a_version_that_is_not_there_is_refused(store: Store):
    """It was never made, or is destroyed."""
    allow(store)
    with pytest.raises(ApiError, match=r"env\[1\].*versions/7 was not found"):
        with_values(store, PROJECT, template("7"), "Revision 'shop-1': ")
