"""Elastic Beanstalk: a version runs as its Procfile says, the next one answers before it ends, and none is left."""

import pytest

from slipway.providers.protocol.owners import OwnersInMemory
from slipway.sandbox.aws import beanstalk_instances as instances
from slipway.sandbox.aws.beanstalk_environments import seconds
from slipway.sandbox.aws.package import PACKAGE
from slipway.sandbox.beanstalk import deployments
from slipway.sandbox.handler import CloudError
from slipway.sandbox.services import registry
from slipway.sandbox.stores.beanstalk import Store
from tests.sandbox.aws.beanstalk_stage import ENVIRONMENT, VERSION, files, staged
from tests.sandbox.aws.conftest import Kind
from tests.sandbox.aws.materials import zipped

pytestmark = pytest.mark.services


@pytest.fixture
def stage(local, name, tmp_path, state_folder):
    """A stage in a sandbox of its own."""
    with (
        local.keeping(state_folder) as aws,
        staged(lambda token: Kind(token, PACKAGE.handlers[token], aws), aws, name, tmp_path) as stage,
    ):
        yield stage


def test_a_version_runs_as_its_procfile_says(stage):
    """The environment answers with what is in the bundle, is Ready and Green, and says where."""
    stage.ground()
    stage.version("v1", files("one"))
    id, made = stage.make(ENVIRONMENT, stage.environment("v1"))
    assert stage.answer(id).strip() == "one"
    body = stage.body(id)
    assert (body["status"], body["health"], body["causes"]) == ("Ready", "Green", [])
    assert made["cname"] == f"{stage.name}.eba-{id[2:10]}.us-east-1.elasticbeanstalk.localhost:4321"
    assert made["instances"] == body["instances"]
    assert stage.kind(ENVIRONMENT).read(id) == made


def test_the_next_version_answers_before_the_last_one_ends(stage):
    """An update leaves one instance, of the new version; the files and the process of the old one are gone."""
    stage.ground()
    stage.version("v1", files("one"))
    stage.version("v2", files("two"))
    given = stage.environment("v1")
    id, made = stage.make(ENVIRONMENT, given)
    after = stage.kind(ENVIRONMENT).update(id, given, stage.environment("v2"))
    assert stage.answer(id).strip() == "two"
    assert (after["version"], after["cname"]) == ("v2", made["cname"])
    left = [path.name for path in instances.folder_of(stage.aws.folder, id).iterdir()]
    known = [name for name in registry.load(stage.aws.folder) if name.startswith(instances.PREFIX)]
    assert left == after["instances"] != made["instances"]
    assert known == [f"{instances.PREFIX}{id}/{left[0]}"]


def test_a_version_that_does_not_start_leaves_the_old_one_there(stage):
    """The environment is Red with its causes, the error ends with the log, and the old version goes on answering."""
    stage.ground()
    stage.version("v1", files("one"))
    stage.version("v2", files("two", procfile="web: printf '\\033[31mno such module\\n'; exit 3\n"))
    given = stage.environment("v1")
    id, _ = stage.make(ENVIRONMENT, given)
    with pytest.raises(CloudError) as refused:
        stage.kind(ENVIRONMENT).update(id, given, stage.environment("v2"))
    told = str(refused.value)
    assert f"waiting for Elastic Beanstalk Environment ({id}) update: 2 errors occurred:" in told
    assert "no such module" in told
    assert told.endswith("Failed to deploy application.")
    assert (refused.value.id, refused.value.properties["version"]) == (id, "v1")
    body = stage.body(id)
    assert (body["status"], body["health"], body["causes"][-1]) == ("Ready", "Red", "Failed to deploy application.")
    assert stage.answer(id).strip() == "one"
    again = stage.kind(ENVIRONMENT).update(id, given, given)
    assert (stage.body(id)["health"], again["version"]) == ("Green", "v1")


def test_an_environment_whose_first_version_fails_is_there_all_the_same(stage):
    """As in AWS: it is Red, and the next update with a version that starts makes it Green."""
    stage.ground()
    stage.version("v1", files("one", procfile="worker: sleep 100\n"))
    stage.version("v2", files("two"))
    given = stage.environment("v1")
    with pytest.raises(CloudError, match="Procfile has no line `web: command`") as refused:
        stage.make(ENVIRONMENT, given)
    id = refused.value.id
    assert stage.body(id)["health"] == "Red"
    stage.kind(ENVIRONMENT).update(id, given, stage.environment("v2"))
    assert stage.answer(id).strip() == "two"
    stage.kind(ENVIRONMENT).delete(id, given)


def test_instances_read_only_what_their_role_may(stage):
    """Without the grant the bundle cannot be fetched; with it the same environment comes up."""
    stage.ground(may_read=False)
    stage.version("v1", files("one"))
    given = stage.environment("v1")
    with pytest.raises(CloudError, match=r"AccessDenied: .* is not authorized to perform: s3:GetObject") as refused:
        stage.make(ENVIRONMENT, given)
    stage.may_read()
    stage.kind(ENVIRONMENT).update(refused.value.id, given, given)
    assert stage.answer(refused.value.id).strip() == "one"
    stage.kind(ENVIRONMENT).delete(refused.value.id, given)


def test_environment_variables_are_settings_and_start_it_again(stage):
    """A changed variable is there in a new instance; a changed tag starts nothing."""
    stage.ground()
    stage.version(
        "v1", files("-", procfile="web: echo $GREETING > index.html; exec python -m http.server $PORT -b 127.0.0.1\n")
    )
    given = stage.environment("v1")
    hello = {"namespace": "aws:elasticbeanstalk:application:environment", "name": "GREETING", "value": "hello"}
    greeting = {**given, "settings": [*given["settings"], hello]}
    id, made = stage.make(ENVIRONMENT, given)
    tagged = stage.kind(ENVIRONMENT).update(id, given, {**given, "tags": {"owner": "me"}})
    assert (tagged["instances"], tagged["tags"]) == (made["instances"], {"owner": "me"})
    changed = stage.kind(ENVIRONMENT).update(id, given, greeting)
    assert changed["instances"] != made["instances"]
    assert stage.answer(id).strip() == "hello"


def test_an_instance_that_ended_comes_back_with_the_sandbox(stage):
    """As after a reboot: what had ended is started again from its files; until then the proxy says 502."""
    from concurrent.futures import ThreadPoolExecutor

    from slipway.sandbox.services import processes

    stage.ground()
    stage.version("v1", files("one"))
    id, made = stage.make(ENVIRONMENT, stage.environment("v1"))
    state_folder, address = stage.aws.folder, instances.address(stage.body(id))
    known = registry.load(state_folder)[f"{instances.PREFIX}{id}/{made['instances'][0]}"]
    processes.end([known.process])
    assert instances.backend(state_folder, address)[0] == 502
    with ThreadPoolExecutor(2) as pool:
        assert instances.revive(state_folder, pool) == [known.name]
        assert instances.revive(state_folder, pool) == []
    assert stage.answer(id).strip() == "one"


def test_termination_leaves_nothing(stage):
    """No process, no file, no log, and no environment that answers."""
    stage.ground()
    stage.version("v1", files("one"))
    given = stage.environment("v1")
    id, _ = stage.make(ENVIRONMENT, given)
    state_folder, address = stage.aws.folder, instances.address(stage.body(id))
    stage.kind(ENVIRONMENT).delete(id, given)
    assert instances.backend(state_folder, address) == (404, f"no Beanstalk environment answers as {address}")
    assert not [name for name in registry.load(state_folder) if name.startswith(instances.PREFIX)]
    assert not list(instances.folder_of(state_folder, id).parent.rglob("*/*"))
    assert not instances.log_path(state_folder, stage.name).exists()
    assert stage.kind(ENVIRONMENT).read(id) is None


def test_a_version_that_runs_cannot_be_deleted(stage):
    """In Beanstalk's words, and no word of the provider's forces it: the API has none for it."""
    stage.ground()
    inputs = stage.version("v1", files("one"))
    stage.make(ENVIRONMENT, stage.environment("v1"))
    kind, id = stage.kind(VERSION), f"{stage.name}/v1"
    said = f"Unable to delete Application Version, it is currently in use by the following environments: {stage.name}."
    with pytest.raises(CloudError, match=said):
        kind.delete(id, inputs)
    with pytest.raises(CloudError, match=f"SourceBundleDeletionException: {said}"):
        kind.delete(id, {**inputs, "forceDelete": True})
    assert kind.read(id) is not None


def test_an_application_with_environments_cannot_be_deleted(stage):
    """Its environments are ended first."""
    stage.ground()
    stage.version("v1", files("one"))
    stage.make(ENVIRONMENT, stage.environment("v1"))
    with pytest.raises(CloudError, match=f"has running environments: {stage.name}"):
        stage.kind("aws:elasticbeanstalk/application:Application").delete(stage.name, {})


def test_the_lifecycle_drops_the_oldest_versions_with_their_bundles(stage):
    """Over the count the oldest go, never one that runs; and where the lifecycle says so their bundles too."""
    stage.ground()
    application = stage.kind("aws:elasticbeanstalk/application:Application")
    role = f"arn:aws:iam::000000000000:role/{stage.name}-s"
    lifecycle = {"serviceRole": role, "maxCount": 2, "deleteSourceFromS3": True}
    application.update(stage.name, {"name": stage.name}, {"name": stage.name, "appversionLifecycle": lifecycle})
    stage.version("v1", files("one"))
    stage.make(ENVIRONMENT, stage.environment("v1"))
    for label in ("v2", "v3", "v4"):
        stage.version(label, files(label))
    version, object = stage.kind(VERSION), stage.kind("aws:s3/bucketObjectv2:BucketObjectv2")
    there = {label for label in ("v1", "v2", "v3", "v4") if version.read(f"{stage.name}/{label}")}
    bundles = {label for label in ("v1", "v2", "v3", "v4") if object.read(f"{stage.name}/{label}.zip")}
    assert there == bundles == {"v1", "v4"}


def test_a_name_is_taken_by_who_had_it_first(stage):
    """Environments share one space of names; an interrupted creation of the same URN is taken over."""
    stage.ground()
    stage.version("v1", files("one"))
    given = stage.environment("v1", cnamePrefix=stage.name)
    record = OwnersInMemory()
    id, made = stage.make(ENVIRONMENT, given, record)
    assert made["cname"] == f"{stage.name}.us-east-1.elasticbeanstalk.localhost:4321"
    with pytest.raises(CloudError, match=f"InvalidParameterValue: Environment {stage.name} already exists."):
        stage.kind(ENVIRONMENT).create({**given, "description": "another"}, record)
    with pytest.raises(CloudError, match=rf"DNS name \({stage.name}\) is not available."):
        stage.kind(ENVIRONMENT).create({**given, "name": f"{stage.name}-2"}, record)
    with pytest.raises(CloudError, match=f"InvalidParameterValue: Environment {stage.name} already exists."):
        stage.kind(ENVIRONMENT).create(given, record, stack="prod", resumes=True)
    again, there = stage.kind(ENVIRONMENT).create(given, record, resumes=True)
    assert again == id
    assert len(there["instances"]) == 1
    assert stage.answer(id).strip() == "one"


def test_a_creation_that_the_sandbox_did_not_live_to_end_is_taken_over(stage):
    """What was being launched is Red when Beanstalk answers again, and the same resource's next creation deploys it."""
    stage.ground()
    stage.version("v1", files("one"))
    given, record = stage.environment("v1"), OwnersInMemory()
    id, made = stage.make(ENVIRONMENT, given, record)
    full, state_folder = f"us-east-1/{stage.name}", stage.aws.folder
    with Store(state_folder).transaction() as store:
        store.put("environment", full, {**stage.body(id), "status": "Launching", "health": "Grey"})
    deployments.settle(state_folder)
    assert (stage.body(id)["status"], stage.body(id)["health"]) == ("Ready", "Red")
    again, there = stage.kind(ENVIRONMENT).create(given, record, resumes=True)
    assert (again, stage.body(id)["health"]) == (id, "Green")
    assert there["instances"] != made["instances"]
    assert stage.answer(id).strip() == "one"


@pytest.mark.parametrize(("duration", "number"), [("20m", 1200.0), ("1h30m", 5400.0), ("0.5s", 0.5)])
def test_a_timeout_is_written_as_go_writes_it(duration, number):
    """As the real provider takes it: https://www.pulumi.com/registry/packages/aws/api-docs/elasticbeanstalk."""
    assert seconds(duration) == number


def test_what_is_left_is_audited(stage):
    """An audit names the environment, its version, its application and its process; after their end none of them."""
    from slipway.sandbox.composition import residue

    stage.ground()
    inputs = stage.version("v1", files("one"))
    given = stage.environment("v1")
    id, made = stage.make(ENVIRONMENT, given)
    state_folder = stage.aws.folder
    left = [line for line in residue.audit(state_folder) if line.startswith(("Beanstalk", "process of"))]
    assert left == [
        f"Beanstalk application us-east-1/{stage.name}",
        f"Beanstalk environment us-east-1/{stage.name}",
        f"Beanstalk version us-east-1/{stage.name}/v1",
        f"process of beanstalk:{id}/{made['instances'][0]}",
    ]
    stage.kind(ENVIRONMENT).delete(id, given)
    stage.kind(VERSION).delete(f"{stage.name}/v1", inputs)
    stage.kind("aws:elasticbeanstalk/application:Application").delete(stage.name, {})
    assert not [line for line in residue.audit(state_folder) if line.startswith(("Beanstalk", "process of"))]


def test_health_says_why(stage):
    """What `slipway status` shows: Green, and Red with the cause when the process has gone."""
    from slipway.sandbox.services import processes

    stage.ground()
    stage.version("v1", files("one"))
    id, made = stage.make(ENVIRONMENT, stage.environment("v1"))
    state_folder = stage.aws.folder
    assert instances.health(state_folder, stage.name) == [("environment", "Ready, Green")]
    processes.end([registry.load(state_folder)[f"{instances.PREFIX}{id}/{made['instances'][0]}"].process])
    assert instances.health(state_folder, stage.name) == [
        ("environment", "Ready, Red"),
        ("cause", "None of the instances are sending data."),
    ]
    assert instances.health(state_folder, "gone") == [("environment", "there is none")]


def test_a_bundle_without_a_procfile_starts_as_the_platform_starts_it(stage):
    """gunicorn with the module of WSGIPath; a bundle that leads out of its folder starts nothing."""
    application = "def application(environ, start):\n    start('200 OK', [])\n    return [b'by WSGI']\n"
    stage.ground()
    stage.version("v1", zipped({"application.py": application, "requirements.txt": "gunicorn\n"}))
    stage.version("v2", zipped({"../out": "-"}))
    given = stage.environment("v1")
    id, _ = stage.make(ENVIRONMENT, given)
    assert stage.answer(id) == "by WSGI"
    with pytest.raises(CloudError, match="which leads out of its folder"):
        stage.kind(ENVIRONMENT).update(id, given, stage.environment("v2"))
    assert stage.answer(id) == "by WSGI"
