"""Which version a request goes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.sandbox.appengine.routes import Route, asked, chosen, hostname

PROJECTS, SERVICES = ["demo"], {"demo": {"default", "api"}}


@pytest.mark.parametrize(
    ("host", "route"),
    [
        ("demo.ew.r.appspot.localhost:80", Route("demo")),
        ("api-dot-demo.ew.r.appspot.localhost", Route("demo", "api")),
        ("v-1-dot-demo.ew.r.appspot.localhost", Route("demo", "default", "v-1")),
        ("v-1-dot-api-dot-demo.ew.r.appspot.localhost", Route("demo", "api", "v-1")),
        ("127.0.0.1:8080", Route("demo")),
        ("DEMO.EW.R.appspot.localhost", Route("demo")),
        ("other.ew.r.appspot.localhost", None),
        ("a-dot-b-dot-c-dot-demo.ew.r.appspot.localhost", None),
    ],
)
def test_the_host_name_says_which(host: str, route: Route | None) -> None:
    """As App Engine routes: version, service and project, joined by -dot-; a bare address is the default service."""
    assert asked(host, PROJECTS, SERVICES) == route


def test_the_name_that_is_given_out_leads_back() -> None:
    """An application's own host name asks for its default service."""
    assert asked(hostname("demo", "europe-west", 8080), PROJECTS, SERVICES) == Route("demo")


@given(st.text(min_size=1))
def test_a_client_stays_with_its_version(client: str) -> None:
    """By IP and by cookie the same client gets the same version, one that has a share."""
    split = {"shardBy": "IP", "allocations": {"a": "0.3", "b": "0.7", "c": "0"}}
    assert chosen(split, client) == chosen(split, client)
    assert chosen(split, client) in ("a", "b")


def test_shares_are_kept_over_many_clients() -> None:
    """Three in ten clients get what three tenths were allocated to."""
    split = {"shardBy": "COOKIE", "allocations": {"a": "0.3", "b": "0.7"}}
    got = [chosen(split, f"client-{n}") for n in range(2000)]
    assert 0.25 < got.count("a") / len(got) < 0.35


def test_a_split_without_allocations_serves_nobody() -> None:
    """There is no version to take."""
    assert chosen({"allocations": {}}, "x") == ""
