"""PostgreSQL servers of the sandbox: what they hold outlives their processes, and goes with the instance."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.sandbox.databases import programs, servers
from slipway.sandbox.databases.servers import Instance, ServerError
from slipway.sandbox.services import processes

pytestmark = pytest.mark.skipif(programs.folder() is None, reason="needs PostgreSQL")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A server that runs."""
    state_folder = tmp_path_factory.mktemp("databases")
    one = Instance(state_folder=state_folder, project="demo-project", name="notes")
    one.write({"databases": {"postgres": {}}})
    servers.start(one)
    yield one
    servers.remove(one)
    processes.end_marked(state_folder)


def test_rows_outlive_the_server(instance: Instance) -> None:
    """A server that is ended and started again has what was written."""
    servers.ask(instance, "create table kept (text text); insert into kept values ('still here');")
    servers.end(instance)
    servers.start(instance)
    assert servers.ask(instance, "select text from kept;") == ["still here"]


def test_tables_are_counted_with_their_rows(instance: Instance) -> None:
    """What a destroy names before it asks."""
    servers.ask(instance, "create table counted (n int); insert into counted select generate_series(1, 3);")
    assert [(one.name, one.rows) for one in servers.tables(instance) if one.name == "public.counted"] == [
        ("public.counted", 3)
    ]


def test_a_refused_statement_says_why(instance: Instance) -> None:
    """In the server's own words, without where `psql` read it."""
    with pytest.raises(ServerError, match=r'^ERROR:  relation "nothing" does not exist'):
        servers.ask(instance, "select * from nothing;")


def test_an_address_by_the_connector_leads_to_the_server(instance: Instance) -> None:
    """The user and the database stay; the rest of the variable too."""
    value = "postgresql+psycopg://app:pw@/app?host=/cloudsql/demo-project:europe-west1:notes"
    here = f"postgresql+psycopg://app:pw@127.0.0.1:{instance.port}/app"
    assert servers.led_here(instance.state_folder, f"url={value}") == f"url={here}"


def test_an_address_in_parts_leads_to_the_server(instance: Instance) -> None:
    """By the variables of PostgreSQL's clients, and by the app's own variable of the port, which has the socket's."""
    variables = {"PGHOST": "/cloudsql/demo-project:europe-west1:notes", "DB_PORT": "5432", "DB_HOST": ""}
    port = str(instance.port)
    assert servers.variables_here(instance.state_folder, variables) == {
        "PGHOST": "127.0.0.1",
        "PGPORT": port,
        "DB_PORT": port,
        "DB_HOST": "",
    }


def test_an_address_of_no_server_stays_as_it_is(tmp_path: Path) -> None:
    """The app is told what the program said, and fails as it would in the cloud."""
    value = "postgresql://app:pw@/app?host=/cloudsql/demo-project:europe-west1:gone"
    assert servers.led_here(tmp_path, value) == value


def test_a_removed_server_leaves_nothing(tmp_path: Path) -> None:
    """No process, no file, no entry in the registry."""
    one = Instance(state_folder=tmp_path, project="demo-project", name="short")
    one.write({"databases": {}})
    servers.start(one)
    servers.remove(one)
    assert (list(tmp_path.glob("databases")), list(processes.marked(tmp_path)), one.port) == ([], [], 0)
