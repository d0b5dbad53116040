"""Whether this machine can serve the databases of a sandbox's apps is asked before anything starts."""

from types import SimpleNamespace

from stacks.local_postgres import postgres_missing

NOTES = SimpleNamespace(database="postgres")
SANDBOX = SimpleNamespace(environment="sandbox", apps={"notes": NOTES, "other": SimpleNamespace(database=None)})


def test_a_machine_without_postgresql_is_told_what_to_install():
    """A line for each app that needs one, with a command that can be typed."""
    (line,) = postgres_missing(SANDBOX, {"SLIPWAY_POSTGRES": ""})  # type: ignore[arg-type]
    assert line.startswith("slipway:apps.notes.database: needs a PostgreSQL on this machine, got none")
    assert "`apt-get install postgresql`" in line


def test_a_machine_with_postgresql_or_one_that_was_not_looked_at_is_well():
    """A review evaluates the sandbox's program where no sandbox runs."""
    assert not list(postgres_missing(SANDBOX, {"SLIPWAY_POSTGRES": "/usr/lib/postgresql/15/bin"}))  # type: ignore[arg-type]
    assert not list(postgres_missing(SANDBOX, {}))  # type: ignore[arg-type]


def test_a_cloud_needs_no_postgresql_here():
    """Cloud SQL is Google's."""
    cloud = SimpleNamespace(environment="dev", apps={"notes": NOTES})
    assert not list(postgres_missing(cloud, {"SLIPWAY_POSTGRES": ""}))  # type: ignore[arg-type]
