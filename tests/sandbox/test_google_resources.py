"""Google's resources as programs see them: outputs, changes in place, reads, and the wait for a new API."""

import base64
import hashlib
import time
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from slipway.providers.protocol import wire
from slipway.sandbox.gcp.package import PACKAGE
from slipway.sandbox.handler import Asset
from tests.google_service import served
from tests.sandbox.conftest import urn

PROJECT, LINK = "gcp:organizations/project:Project", "gcp:billing/projectInfo:ProjectInfo"
API, BUCKET, OBJECT = (
    "gcp:projects/service:Service",
    "gcp:storage/bucket:Bucket",
    "gcp:storage/bucketObject:BucketObject",
)
ACCOUNT, GRANT = "gcp:serviceaccount/account:Account", "gcp:storage/bucketIAMMember:BucketIAMMember"
ROLE, APPLICATION = "gcp:projects/iAMMember:IAMMember", "gcp:appengine/application:Application"
TOPIC = "gcp:pubsub/topic:Topic"
REPOSITORY = "gcp:artifactregistry/repository:Repository"


@pytest.fixture
def call(serving: Any, google: dict[str, str]) -> Any:
    """A project that is paid, with its APIs on."""
    front = "http://127.0.0.1:8081"
    caller = serving(PACKAGE, {**google, "SLIPWAY_FRONT": front})
    caller.configure(project="demo-project")
    caller.made(PROJECT, {"projectId": "demo-project", "labels": {"owner": "me"}})
    caller.made(LINK, {"billingAccount": "00ABCD-012345-6789EF"})
    apis = "storage iam appengine artifactregistry compute cloudscheduler pubsub run sqladmin secretmanager"
    for api in apis.split():
        caller.made(API, {"service": f"{api}.googleapis.com"})
    return caller


def test_a_project_has_a_number_and_a_deletion_policy_that_prevents(call: Any) -> None:
    """Read gives back what was asked for, with the defaults of the provider."""
    found = wire.plain_props(call.read(PROJECT, "projects/demo-project").properties)
    assert found["deletionPolicy"] == "PREVENT"
    assert found["name"] == "demo-project"
    assert found["number"].isdigit() and len(found["number"]) == 12
    assert found["labels"] == {"owner": "me"}
    assert found["effectiveLabels"] == {"owner": "me", "goog-pulumi-provisioned": "true"}


def test_a_buckets_outputs_are_those_of_cloud_storage(call: Any) -> None:
    """Address, link and number; settings come back from a read, changed ones too."""
    id, outputs = call.made(BUCKET, {"location": "EU", "labels": {"a": "b"}})
    assert (id, outputs["url"]) == (outputs["name"], f"gs://{id}")
    assert outputs["selfLink"] == f"https://www.googleapis.com/storage/v1/b/{id}"
    assert isinstance(outputs["projectNumber"], int)
    call.update(BUCKET, id, outputs, call.checked(BUCKET, {"location": "EU", "versioning": {"enabled": True}}, outputs))
    found = wire.plain_props(call.read(BUCKET, id).properties)
    assert (found["versioning"], "labels" in found) == ({"enabled": True}, False)


def test_an_object_is_really_in_the_emulator(call: Any, tmp_path: Any) -> None:
    """The bytes of a file asset arrive, with the checksums that Cloud Storage tells."""
    path = tmp_path / "source.zip"
    path.write_bytes(b"the bytes")
    call.made(BUCKET, {"name": "demo-bucket", "location": "EU"})
    inputs = {
        "bucket": "demo-bucket",
        "name": "a/b-c.zip",
        "source": clouds_asset(path),
        "contentType": "application/zip",
    }
    id, outputs = call.made(OBJECT, inputs)
    assert (id, outputs["md5hash"]) == (
        "demo-bucket-a/b-c.zip",
        base64.b64encode(hashlib.md5(b"the bytes").digest()).decode(),
    )
    found = wire.plain_props(call.read(OBJECT, id, {"name": "a/b-c.zip", "contentType": "x"}).inputs)
    assert found == {"name": "a/b-c.zip", "contentType": "application/zip"}
    call.delete(OBJECT, id, outputs)
    assert call.read(OBJECT, id).id == ""


TEMPLATE = {"template": {"containers": [{"image": "a/b", "envs": [{"name": "A", "value": "b"}], "commands": ["run"]}]}}
JOB = "gcp:cloudrunv2/job:Job"
SERVER = "gcp:sql/databaseInstance:DatabaseInstance"
SERVER_INPUTS = {
    "name": "a-server",
    "databaseVersion": "POSTGRES_15",
    "region": "europe-west1",
    "settings": {"tier": "db-f1-micro"},
}
NEEDS = {
    "network": ("gcp:compute/network:Network", {"name": "a-network"}),
    "topic": (TOPIC, {"name": "a-topic"}),
    "domainName": (APPLICATION, {"locationId": "europe-west"}),
    "instance": (SERVER, SERVER_INPUTS),
}
"""By an input, what has to be there before."""


def prepare(call: Any, inputs: Any) -> None:
    """Create what the inputs name."""
    for key, (type, needed) in NEEDS.items():
        if key in inputs:
            call.made(type, needed)


NAMED = [
    (PROJECT, {"projectId": "second-project"}),
    (BUCKET, {"name": "demo-bucket", "location": "EU"}),
    (ACCOUNT, {"accountId": "a-runner"}),
    (APPLICATION, {"locationId": "europe-west"}),
    (REPOSITORY, {"repositoryId": "images", "location": "europe-west1", "format": "DOCKER"}),
    (TOPIC, {"name": "orders"}),
    ("gcp:pubsub/subscription:Subscription", {"name": "jobs", "topic": "a-topic"}),
    ("gcp:compute/network:Network", {"name": "a-network"}),
    ("gcp:compute/firewall:Firewall", {"name": "a-firewall", "network": "a-network"}),
    (
        "gcp:compute/subnetwork:Subnetwork",
        {"name": "a-subnetwork", "network": "a-network", "region": "europe-west1", "ipCidrRange": "10.0.0.0/24"},
    ),
    (
        "gcp:cloudscheduler/job:Job",
        {
            "name": "a-job",
            "region": "europe-west1",
            "schedule": "0 * * * *",
            "httpTarget": {"uri": "https://example.com/"},
        },
    ),
    (JOB, {"name": "a-job", "location": "europe-west1", "template": TEMPLATE, "labels": {"a": "b"}}),
    ("gcp:appengine/domainMapping:DomainMapping", {"domainName": "shop.example.com"}),
    ("gcp:secretmanager/secret:Secret", {"secretId": "a-key", "replication": {"auto": {}}}),
    ("gcp:sql/database:Database", {"name": "shop", "instance": "a-server"}),
    (SERVER, SERVER_INPUTS),
]


@pytest.mark.parametrize(("type", "inputs"), NAMED, ids=[type.rsplit(":", 1)[-1] for type, _ in NAMED])
def test_what_an_engine_was_cut_off_from_making_is_its_own(call: Any, type: str, inputs: Any) -> None:
    """The same again is refused as taken, but where the engine says that this very creation was cut off."""
    prepare(call, inputs)
    checked = call.checked(type, inputs)
    id, first = call.create(type, checked)
    for stack, resumes in (("test", False), ("prod", False), ("prod", True)):
        with pytest.raises(Exception, match=r"409|already exists"):
            call.create(type, checked, stack=stack, resumes=resumes)
    again, second = call.create(type, checked, resumes=True)
    assert again == id
    drawn = ("number", "uniqueId")
    assert [wire.plain_props(first).get(key) for key in drawn] == [wire.plain_props(second).get(key) for key in drawn]


PLACED = [
    *NAMED,
    ("gcp:pubsub/topicIAMMember:TopicIAMMember", {"topic": "a-topic", "role": "roles/viewer", "member": "user:a@b.c"}),
]


@pytest.mark.parametrize(("type", "inputs"), PLACED, ids=[type.rsplit(":", 1)[-1] for type, _ in PLACED])
def test_an_import_and_a_refresh_of_what_is_there_change_nothing(call: Any, type: str, inputs: Any) -> None:
    """What the program leaves out, what has a default and what the cloud fills in is no difference."""
    prepare(call, inputs)
    checked = call.check(type, inputs).inputs
    id, outputs = call.create(type, checked)
    for there in (call.read(type, id), call.read(type, id, checked, outputs)):
        request = {"olds": there.properties, "old_inputs": there.inputs, "news": checked}
        answer = call.call("Diff", provider_pb2.DiffRequest(urn=urn(type), id="x", **request))
        assert set(answer.diffs) == set()


def test_a_topic_changes_in_place(call: Any) -> None:
    """Its labels and how long its messages stay; its subscriptions keep their topic."""
    id, first = call.made(TOPIC, {"name": "orders", "labels": {"a": "b"}})
    changed = call.checked(TOPIC, {"name": "orders", "messageRetentionDuration": "1200s"}, first)
    call.update(TOPIC, id, first, changed)
    seen = wire.plain_props(call.read(TOPIC, id).properties)
    assert (seen["messageRetentionDuration"], "labels" in seen) == ("1200s", False)


def test_a_recorded_name_is_given_once(call: Any) -> None:
    """What is only written down refuses a second stack as well."""
    address = "gcp:compute/address:Address"
    checked = call.checked(address, {"name": "front", "region": "europe-west1"})
    call.create(address, checked)
    with pytest.raises(Exception, match="is there already"):
        call.create(address, checked, stack="prod")


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        ("gcp:compute/address:Address", {"name": "front", "region": "europe-west1"}),
        ("gcp:cloudfunctions/function:Function", {"name": "small", "region": "europe-west1", "runtime": "python313"}),
        ("gcp:cloudrun/service:Service", {"name": "web", "location": "europe-west1"}),
    ],
)
def test_what_is_only_written_down_needs_its_project_and_its_api(call: Any, type: str, inputs: Any) -> None:
    """As Google refuses it; a service's address has the number of the project."""
    with pytest.raises(
        Exception, match=r"^Error creating: googleapi: Error 403: Permission denied on resource project"
    ):
        call.made(type, {**inputs, "project": "another-project"})
    call.made(PROJECT, {"projectId": "bare-project"})
    with pytest.raises(Exception, match=r"^Error creating: googleapi: Error 403: .* has not been used in project \d+"):
        call.made(type, {**inputs, "project": "bare-project"})
    call.made(API, {"service": "cloudfunctions.googleapis.com"})
    number = wire.plain_props(call.read(PROJECT, "projects/demo-project").properties)["number"]
    _, outputs = call.made(type, inputs)
    assert number in outputs.get("statuses", [{"url": number}])[0]["url"]


def test_another_stacks_object_is_not_written_over(call: Any) -> None:
    """Cloud Storage itself would; the refusal names the resource whose object it is."""
    call.made(BUCKET, {"name": "demo-bucket", "location": "EU"})
    inputs = call.checked(OBJECT, {"bucket": "demo-bucket", "name": "a", "content": "first"})
    call.create(OBJECT, inputs)
    with pytest.raises(Exception, match=r"created by urn:pulumi:test::"):
        call.create(OBJECT, {**inputs, "content": "second"}, stack="prod")
    assert call.create(OBJECT, {**inputs, "content": "third"})[0] == "demo-bucket-a"


def test_another_stacks_user_keeps_its_password(call: Any) -> None:
    """Cloud SQL itself would give it the new one."""
    call.made(SERVER, SERVER_INPUTS)
    user = "gcp:sql/user:User"
    inputs = call.checked(user, {"name": "shop", "instance": "a-server", "password": "first"})
    call.create(user, inputs)
    with pytest.raises(Exception, match=r"created by urn:pulumi:test::"):
        call.create(user, {**inputs, "password": "second"}, stack="prod")


def clouds_asset(path: Any) -> Any:
    return Asset(sha256=hashlib.sha256(path.read_bytes()).hexdigest(), path=path)


def test_an_account_is_a_member_that_roles_are_given_to(call: Any) -> None:
    """Email and member follow from id and project; a read finds the grant by its id until it is taken."""
    _, account = call.made(ACCOUNT, {"accountId": "runner"})
    assert account["email"] == "runner@demo-project.iam.gserviceaccount.com"
    assert account["member"] == f"serviceAccount:{account['email']}"
    assert account["uniqueId"].isdigit()
    call.made(BUCKET, {"name": "demo-bucket", "location": "EU"})
    for type, place in ((GRANT, {"bucket": "demo-bucket"}), (ROLE, {"project": "demo-project"})):
        inputs = {**place, "role": "roles/storage.objectViewer", "member": account["member"]}
        id, outputs = call.made(type, inputs)
        assert wire.plain_props(call.read(type, id, inputs).inputs) == inputs
        call.delete(type, id, outputs)
        assert call.read(type, id, inputs).id == ""


def test_an_application_answers_below_localhost(call: Any) -> None:
    """The host name has the form of App Engine's, with the front's port."""
    _, outputs = call.made(APPLICATION, {"locationId": "europe-west"})
    assert outputs["defaultHostname"] == "demo-project.ew.r.appspot.localhost:8081"
    assert outputs["codeBucket"] == "staging.demo-project.appspot.com"


def test_a_repository_tells_where_images_go(call: Any) -> None:
    """The address names region, format, project and repository."""
    _, outputs = call.made(REPOSITORY, {"location": "europe-west1", "repositoryId": "images", "format": "DOCKER"})
    assert outputs["registryUri"] == "europe-west1-docker.pkg.dev/demo-project/images"


def test_a_new_api_refuses_for_a_while_and_the_call_waits(serving: Any, google: dict[str, str], tmp_path: Any) -> None:
    """The first seconds after it was enabled are Google's own SERVICE_DISABLED, which is tried again."""
    with served(tmp_path, api_delay=1.5) as slow:
        caller = serving(PACKAGE, {**google, "SLIPWAY_GOOGLE": slow.address})
        caller.configure(project="demo-project")
        caller.made(PROJECT, {"projectId": "demo-project"})
        began = time.monotonic()
        caller.made(API, {"service": "iam.googleapis.com"})
        caller.made(ACCOUNT, {"accountId": "runner"})
        assert time.monotonic() - began > 1.4


def test_a_resource_without_a_project_says_so(serving: Any, google: dict[str, str]) -> None:
    """Neither the resource nor the provider names one."""
    caller = serving(PACKAGE, google)
    caller.configure()
    with pytest.raises(Exception, match=r"^project: required field is not set: give the resource its project, or set"):
        caller.made(ACCOUNT, {"accountId": "runner"})
