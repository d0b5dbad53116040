"""After a destroy the clouds are asked for what was there."""

from typing import Any

import pytest

from slipway.catalog.model import AwsCall
from slipway.catalog.table import CATALOG
from slipway.verbs.residue_check import amazon, check_residue, daemon, google, names_an_id, names_one_of


def call_of(type: str) -> AwsCall:
    """How AWS is asked for a resource of the type."""
    call = CATALOG[type].ask
    assert isinstance(call, AwsCall)
    return call


BUCKET = {"type": "gcp:storage/bucket:Bucket", "urn": "u::b", "id": "b-1", "custom": True, "inputs": {"project": "p"}}
PROJECT = {"type": "gcp:organizations/project:Project", "urn": "u::p", "id": "projects/p", "custom": True}
ROLE = {"type": "aws:iam/role:Role", "urn": "u::r", "id": "r-1", "custom": True}
POLICY = {"type": "aws:iam/rolePolicy:RolePolicy", "urn": "u::rp", "id": "r-1:x", "custom": True}
KEPT = {"type": "aws:s3/bucket:Bucket", "urn": "u::k", "id": "k", "custom": True, "retainOnDelete": True}


def told(answers: dict[str, bool | str], resources: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """What is found where each id is answered as said; an id without an answer fails the test."""
    return [(found.what, found.there) for found in check_residue(resources, lambda _kind, id, _entry: answers[id])]


def test_what_is_left_is_named_by_its_identifier():
    """Gone, there, or not to be learnt: the last two are said."""
    resources = [BUCKET, ROLE, {**ROLE, "id": "r-2"}]
    assert told({"b-1": True, "r-1": False, "r-2": "could not be asked for: 403"}, resources) == [
        ("gcp:storage/bucket:Bucket b-1", True),
        ("aws:iam/role:Role r-2: could not be asked for: 403", False),
    ]


def test_what_belongs_to_another_and_what_is_kept_is_not_asked_for():
    """They go with it, or stay on purpose."""
    assert told({"r-1": False}, [POLICY, ROLE, KEPT]) == []


def test_nobody_asks_in_a_project_that_is_gone():
    """Google answers 403 there, which would be no news."""
    assert told({"projects/p": False}, [PROJECT, BUCKET]) == []
    assert told({"projects/p": True, "b-1": False}, [PROJECT, BUCKET]) == [
        ("gcp:organizations/project:Project projects/p", True)
    ]


class Session:
    """Google, which knows one address."""

    def __init__(self, status: int, said: dict[str, str]) -> None:
        self.status_code, self.reason, self.said = status, "Because", said

    def get(self, url: str, *, timeout: int) -> "Session":
        assert (url, timeout) == ("https://example.test/v1/x", 30)
        return self

    def json(self) -> dict[str, str]:
        return self.said


@pytest.mark.parametrize(
    ("status", "said", "answer"),
    [
        (200, {"name": "x"}, True),
        (200, {"state": "ACTIVE"}, True),
        (200, {"state": "DELETE_REQUESTED"}, False),
        (404, {}, False),
        (403, {}, "could not be asked for: 403 Because"),
    ],
)
def test_google_is_asked(status: int, said: dict[str, str], answer: bool | str):
    """A project that waits for its deletion is gone; a refusal is no answer."""
    assert google("https://example.test/v1/x", lambda: Session(status, said)) == answer


def test_without_credentials_that_is_said():
    """An audit that could not check_residue does not say that nothing is left."""

    def nobody() -> Session:
        raise OSError("no credentials")

    assert google("https://example.test/v1/x", nobody) == "could not be asked for: no credentials"


class AwsError(Exception):
    """As boto3's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class Iam:
    """IAM, which knows one question."""

    def __init__(self, answer: dict[str, object] | AwsError) -> None:
        self.answer = answer

    def get_role(self, *, RoleName: str) -> dict[str, object]:  # noqa: N803 - AWS's name
        assert RoleName == "r-1"
        if isinstance(self.answer, AwsError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"Role": {"RoleName": "r-1"}}, True),
        (AwsError("NoSuchEntity"), False),
        (AwsError("AccessDenied"), "could not be asked for: AccessDenied"),
    ],
)
def test_amazon_is_asked(said: dict[str, object] | AwsError, answer: bool | str):
    """In the resource's region; not found is gone, not allowed is no answer."""
    asked = []

    def client(service: str, region: str) -> Iam:
        asked.append((service, region))
        return Iam(said)

    assert amazon(call_of("aws:iam/role:Role"), "r-1", "eu-west-1", client) == answer
    assert asked == [("iam", "eu-west-1")]


class Logs:
    """CloudWatch Logs, which lists by prefix."""

    def describe_log_groups(self, *, logGroupNamePrefix: str) -> dict[str, object]:  # noqa: N803 - AWS's name
        return {"logGroups": [{"logGroupName": f"{logGroupNamePrefix}-of-another"}]}


def test_a_list_is_searched_for_the_very_name():
    """A longer name that begins alike is another's."""
    assert amazon(call_of("aws:cloudwatch/logGroup:LogGroup"), "/aws/lambda/f", "r", lambda _s, _r: Logs()) is False


class DaemonError(Exception):
    """As the SDK's, with the daemon's answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.response = Response(status)


class Response:
    """An answer's status."""

    def __init__(self, status: int) -> None:
        self.status_code = status


class Daemon:
    """A Docker daemon that knows one network."""

    @property
    def networks(self) -> "Daemon":
        return self

    def get(self, id: str) -> str:
        if id != "n-1":
            raise DaemonError(404 if id == "n-2" else 500)
        return id


@pytest.mark.parametrize(
    ("id", "answer"), [("n-1", True), ("n-2", False), ("n-3", "could not be asked for: status 500")]
)
def test_the_docker_daemon_is_asked(id: str, answer: bool | str):
    """By the object's id; a daemon that fails has given no answer."""
    assert daemon("networks", id, Daemon) == answer


def test_a_line_of_the_sandboxes_audit_is_known_by_whole_names():
    """What begins alike is another stack's."""
    assert names_one_of("Cloud Storage object b-1/x.zip", [BUCKET])
    assert names_one_of("project p", [PROJECT])
    assert not names_one_of("Cloud Storage bucket b-12", [BUCKET])
    assert not names_one_of("version p2/default/v", [PROJECT])


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("project shop-1", True),
        ("Cloud Storage object shop-1-files/a/b.zip", True),
        ("version shop-1/default/v-1 in Google Cloud", True),
        ("process of version:shop-1/default/v-1", True),
        ("account app@shop-1.iam.gserviceaccount.com in Google Cloud", True),
        ("project shop-2", False),
        ("Cloud Storage object default/b.zip", False),
    ],
)
def test_a_line_names_what_a_project_has_made(line: str, ours: bool):
    """Also what lies below it; a last part that many ids share, as `default`, is no name."""
    ids = [
        "projects/shop-1",
        "shop-1-files",
        "apps/shop-1/services/default",
        "projects/shop-1/serviceAccounts/app@shop-1.iam.gserviceaccount.com",
    ]
    assert names_an_id(line, ids) is ours
