"""Domains of one's own at the gateway: what leads where, and what no port answers as."""

from pathlib import Path

import pytest

from slipway.sandbox.gateway import domains
from slipway.sandbox.google import domain_mappings
from slipway.sandbox.http.guard import no_other, refusal
from slipway.sandbox.http.messages import Head
from slipway.sandbox.stores.domains import Domains
from slipway.sandbox.stores.google import Record, Store, store_path

RULES = [{"domain": "blog.example.com", "path": "/*", "service": "blog"}]


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A sandbox with an application that has two domains, and a service on Cloud Run with one."""
    with Store(store_path(tmp_path)).transaction() as now:
        now.put("application", Record("demo", "demo", {"locationId": "europe-west1", "dispatchRules": RULES}))
        for domain in ("example.com", "blog.example.com"):
            now.put(domain_mappings.APP_ENGINE, Record(domain, "demo", {}))
        now.put("run_service", Record("demo/europe-west1/api", "demo", {"host": "api-1.europe-west1.run.localhost"}))
        mapped = Record("api.example.com", "demo", {"service": "demo/europe-west1/api"})
        now.put(domain_mappings.CLOUD_RUN, mapped)
    return tmp_path


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("example.com", "demo.ew.r.appspot.localhost:0"),
        ("blog.example.com", "blog-dot-demo.ew.r.appspot.localhost:0"),
        ("api.example.com", "api-1.europe-west1.run.localhost"),
        ("other.example.com", ""),
    ],
)
def test_a_domain_leads_to_the_platforms_own_name(sandbox: Path, domain: str, host: str) -> None:
    """The default service, a service that a rule names, a service on Cloud Run, and nothing."""
    assert domains.at_front(sandbox, domain) == host


def test_a_domain_of_aws_leads_to_the_port_that_answers_for_it(tmp_path: Path) -> None:
    """API Gateway's is not at the front, and one that was taken away is nowhere."""
    names = Domains(tmp_path)
    names.lead("fn.example.com", "aws", "fn.example.com")
    names.lead("shop.example.com", "front", "shop.elasticbeanstalk.localhost")
    names.drop_host("shop.elasticbeanstalk.localhost")
    led = {port: [name for name in ("fn.example.com", "shop.example.com") if domains.names(tmp_path, port)(name)]
           for port in domains.PORTS}  # fmt: skip
    assert led == {"aws": ["fn.example.com"], "front": [], "pythonanywhere": []}


@pytest.mark.parametrize(("host", "status"), [("example.com:80", None), ("evil.example.com", 421), ("localhost", None)])
def test_a_port_answers_as_this_machine_and_as_a_domain_of_its_apps(sandbox: Path, host: str, status: int) -> None:
    """A page of another site, whose name is made to lead here, is refused."""
    answer = refusal(
        Head(method="GET", target="/", headers=((b"host", host.encode()),)), domains.names(sandbox, "front")
    )
    assert (answer and answer.status) == status


def test_a_port_without_domains_answers_as_this_machine_alone() -> None:
    """The control planes have none."""
    answer = refusal(Head(method="GET", target="/", headers=((b"host", b"example.com"),)), no_other)
    assert answer is not None
    assert answer.status == 421
