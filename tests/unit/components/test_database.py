"""PostgresDatabase, on Pulumi's mocks."""

import pytest

from components.gcp.database import PostgresDatabase, PostgresDatabaseArgs


@pytest.fixture
def database(project):
    """Makes the database inside a program."""

    def make(**changes):
        home = project()
        args = {"project": home, "region": "europe-west1", "labels": {"owner": "me"}, **changes}
        return PostgresDatabase("dev-notes", PostgresDatabaseArgs(**args))

    return make


def test_the_address_leads_through_the_connector_and_has_the_password(deploy, database):
    """No host and no port: Google's connector lets in whom IAM lets in."""
    deployed = deploy(lambda: database(ephemeral=True).url)
    address = "postgresql://app:drawn@/app?host=/cloudsql/demo-ab12cd:europe-west1:dev-notes-1234567"
    assert deployed.result == address
    assert deployed.one("User").inputs["password"]["value"] == "drawn"  # marked as a secret


def test_a_kept_database_is_protected_and_backed_up(deploy, database):
    """Twice against a delete, and daily with its log for what happened since."""
    inputs = deploy(lambda: database().url).one("DatabaseInstance").inputs
    assert inputs["deletionProtection"] is True
    assert inputs["settings"]["deletionProtectionEnabled"] is True
    assert inputs["settings"]["backupConfiguration"] == {"enabled": True, "pointInTimeRecoveryEnabled": True}


def test_an_ephemeral_database_goes_with_its_stack(deploy, database):
    """Nothing of it stands in the way of a destroy."""
    inputs = deploy(lambda: database(ephemeral=True).url).one("DatabaseInstance").inputs
    assert inputs["deletionProtection"] is False
    assert inputs["settings"]["backupConfiguration"]["enabled"] is False


def test_it_is_the_smallest_and_no_network_may_use_its_address(deploy, database):
    """What costs most is asked for, and not the default."""
    settings = deploy(lambda: database().url).one("DatabaseInstance").inputs["settings"]
    assert (settings["tier"], settings["diskSize"], settings["availabilityType"]) == ("db-f1-micro", 10, "ZONAL")
    assert settings["ipConfiguration"] == {"ipv4Enabled": True, "sslMode": "ENCRYPTED_ONLY"}


def test_a_disk_that_is_too_small_is_refused():
    """Cloud SQL has none of less than 10 GB."""
    with pytest.raises(ValueError, match="10 GB or more, got 5"):
        PostgresDatabaseArgs(project=None, region="europe-west1", disk=5)  # type: ignore[arg-type]
