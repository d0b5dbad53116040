"""AppEngineService, on Pulumi's mocks."""

import pulumi
import pytest
from pulumi.runtime import rpc

from components.gcp.app_engine_app import AppEngineApp, AppEngineAppArgs
from components.gcp.app_engine_service import AppEngineService, AppEngineServiceArgs
from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.versions import Version
from components.schedules import Request, Timing


def version(character="a", **changes):
    said = {
        "runtime": "python313",
        "entrypoint": "gunicorn -b :$PORT main:app",
        "digest": character * 64,
        "object": f"time-service/{character * 64}.zip",
        "min_instances": 0,
        "max_instances": 2,
        "env": {"COLOUR": "blue"},
    }
    return Version(**{**said, **changes})


@pytest.fixture
def service(project, artifact):
    """Makes the service inside a program."""

    def make(current=None, *, adopted=False, **changes):
        current = current or version()
        home = project(id="mine-1234") if adopted else project()
        bucket = PrivateBucket("sources", PrivateBucketArgs(project=home, location="europe-west1"))
        app = AppEngineApp("app-engine", AppEngineAppArgs(project=home, region="europe-west1"))
        args = {"ephemeral": True, **changes}
        return AppEngineService(
            "time-service",
            AppEngineServiceArgs(
                project=home,
                app=app,
                bucket=bucket,
                artifact=artifact(current.digest[0]),
                version=current,
                **args,
            ),
        )

    return make


def test_the_object_is_named_by_what_is_in_it(deploy, service):
    """Under one name for all, App Engine would go on serving the old code."""
    declared = deploy(lambda: service().url).one("BucketObject")
    assert declared.inputs["name"] == f"time-service/{'a' * 64}.zip"
    assert isinstance(declared.inputs["source"], pulumi.FileAsset)


def test_the_version_is_what_the_settings_say(deploy, service):
    """Id, source, command, variables, ceilings and identity are declared, none left to a default."""
    deployed = deploy(lambda: service().url)
    inputs = deployed.one("StandardAppVersion").inputs
    assert inputs["versionId"] == version().id
    assert inputs["deployment"]["zip"]["sourceUrl"].endswith(f"/demo-ab12cd-sources/time-service/{'a' * 64}.zip")
    assert inputs["entrypoint"] == {"shell": "gunicorn -b :$PORT main:app"}
    assert inputs["envVariables"] == {"COLOUR": "blue"}
    assert inputs["serviceAccount"] == "app-time-service@p"
    assert inputs["automaticScaling"]["standardSchedulerSettings"] == {"minInstances": 0, "maxInstances": 2}


def test_its_identity_may_do_just_what_it_needs_before_it_is_deployed(deploy, service):
    """Read the source in that bucket, log, keep the image; a version deployed before its grants fails."""
    deployed = deploy(lambda: service().url)
    bucket_grant = deployed.one("BucketIAMMember").inputs
    assert (bucket_grant["bucket"], bucket_grant["role"]) == ("demo-ab12cd-sources", "roles/storage.objectViewer")
    assert sorted(grant.inputs["role"] for grant in deployed.of("IAMMember")) == [
        "roles/artifactregistry.writer",
        "roles/logging.logWriter",
    ]
    grants = {"time-service-source-reader", "time-service-log-writer", "time-service-image-writer"}
    assert grants <= deployed.one("StandardAppVersion").depends_on
    assert {"project-appengine", "project-cloudbuild", "app-engine"} <= deployed.one("StandardAppVersion").depends_on


def test_all_traffic_goes_to_the_new_version_once_it_is_there(deploy, service):
    """The split follows the version, so that a version that fails gets no traffic."""
    split = deploy(lambda: service().url).one("EngineSplitTraffic")
    assert split.inputs["split"]["allocations"] == {version().id: "1"}
    assert f"time-service-{version().id}" in split.depends_on


def test_a_version_that_is_named_serves_instead_of_the_newest(deploy, service):
    """A rollback points back: the newest is deployed beside, and gets nothing."""
    former = version("b")
    deployed = deploy(lambda: service(previous=[former], serve=former.id).traffic)
    split = deployed.one("EngineSplitTraffic")
    assert split.inputs["split"] == {"shardBy": "IP", "allocations": {former.id: "1"}}
    assert f"time-service-{former.id}" in split.depends_on
    assert deployed.result == {former.id: 100}
    assert len(deployed.of("StandardAppVersion")) == 2


def test_a_canary_gets_its_share_of_requests_by_chance(deploy, service):
    """By address a whole office would get the new version, or nobody; both are there before the split."""
    former = version("b")
    split = deploy(lambda: service(previous=[former], serve=former.id, canary=10).url).one("EngineSplitTraffic")
    assert split.inputs["split"] == {"shardBy": "RANDOM", "allocations": {former.id: "0.9", version().id: "0.1"}}
    assert {f"time-service-{former.id}", f"time-service-{version().id}"} <= split.depends_on


def test_a_canary_of_what_serves_already_is_all_of_it(deploy, service):
    """Nothing new was made, or the code was put back: there is one version, and it gets everything."""
    split = deploy(lambda: service(previous=[version()], serve=version().id, canary=10).url).one("EngineSplitTraffic")
    assert split.inputs["split"] == {"shardBy": "IP", "allocations": {version().id: "1"}}


def test_the_version_that_serves_never_falls_off_the_list(deploy, service):
    """However many are newer: without it there is no way back to what works."""
    former = [version(c) for c in "bcdef"]
    oldest = former[-1].id
    deployed = deploy(lambda: service(previous=former, keep=2, serve=oldest).kept and None)
    kept = {v.inputs["versionId"] for v in deployed.of("StandardAppVersion")}
    assert kept == {version().id, former[0].id, oldest}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"serve": "v-gone"}, "must be a version that is kept"),
        ({"canary": 10}, "canary must be 1 to 99 percent beside"),
    ],
)
def test_what_cannot_serve_is_refused(artifact, given, says):
    """A version nobody declares, or a share beside nothing."""
    with pytest.raises(ValueError, match=says):
        AppEngineServiceArgs(project=None, app=None, bucket=None, artifact=artifact("a"), version=version(), **given)


def test_a_schedule_asks_the_service_by_the_clock(deploy, service, project):
    """A job of Cloud Scheduler in the application's region, after the API is on and something serves."""
    nightly = Request(timing=Timing(cron="0 3 * * *", time_zone="Europe/Berlin"), path="/date")
    job = deploy(lambda: service(schedules={"nightly": nightly}).jobs).one("Job")
    assert (job.inputs["name"], job.inputs["region"]) == ("default-nightly", "europe-west1")
    assert (job.inputs["schedule"], job.inputs["timeZone"]) == ("0 3 * * *", "Europe/Berlin")
    target = job.inputs["appEngineHttpTarget"]
    assert (target["httpMethod"], target["relativeUri"]) == ("GET", "/date")
    assert target["appEngineRouting"] == {"service": "default"}
    assert {"project-cloudscheduler", "time-service-traffic"} <= job.depends_on


def test_former_versions_are_declared_as_they_were(deploy, service):
    """They stay resources, unchanged, until they fall off the list; what they were is not up for change."""
    former = [version("b", entrypoint="old"), version("c")]
    deployed = deploy(lambda: service(previous=former).kept and None)
    declared = {v.inputs["versionId"]: v for v in deployed.of("StandardAppVersion")}
    assert set(declared) == {version().id, *(v.id for v in former)}
    old = declared[former[0].id]
    assert old.inputs["entrypoint"] == {"shell": "old"}
    assert {"deployment", "entrypoint", "runtime", "envVariables"} <= set(old.ignore_changes)
    assert declared[version().id].ignore_changes == []


def minimum(declared):
    scheduler = declared.inputs["automaticScaling"]["standardSchedulerSettings"]
    return scheduler["minInstances"]


def test_a_version_without_requests_keeps_no_instances(deploy, service):
    """Else it would cost as much as the version that serves; it gives them up after the requests have moved."""
    former = version("b", min_instances=1)
    deployed = deploy(lambda: service(previous=[former]).kept and None)
    old = deployed.named(f"time-service-{former.id}")
    assert minimum(old) == 0
    assert "time-service-traffic" in old.depends_on


def test_a_version_gets_its_instances_back_before_it_serves_again(deploy, service):
    """A rollback must not begin with cold starts."""
    former = version("b", min_instances=1)
    deployed = deploy(lambda: service(previous=[former], serve=former.id).kept and None)
    assert minimum(deployed.named(f"time-service-{former.id}")) == 1
    assert f"time-service-{former.id}" in deployed.one("EngineSplitTraffic").depends_on


def test_the_oldest_falls_off_the_list(deploy, service):
    """Versions pile up to a hard limit: keep N, the one that serves among them."""
    former = [version(c) for c in "bcd"]
    deployed = deploy(lambda: service(previous=former, keep=3).kept and None)
    assert {v.inputs["versionId"] for v in deployed.of("StandardAppVersion")} == {
        version().id,
        former[0].id,
        former[1].id,
    }
    assert len(deployed.of("BucketObject")) == 3


def test_a_configuration_alone_makes_a_version_of_the_same_object(deploy, service):
    """Code that did not change is not uploaded again."""
    deployed = deploy(lambda: service(previous=[version(max_instances=1)]).kept and None)
    assert len(deployed.of("StandardAppVersion")) == 2
    assert len(deployed.of("BucketObject")) == 1


def test_code_put_back_moves_the_traffic_back(deploy, service):
    """The version exists already: it serves again, and the other one becomes the former."""
    kept = []
    deployed = deploy(lambda: kept.extend(service(previous=[version("b"), version()]).kept))
    assert [v.id for v in kept] == [version().id, version("b").id]
    assert deployed.one("EngineSplitTraffic").inputs["split"]["allocations"] == {version().id: "1"}


def test_an_objects_name_alone_says_whether_it_changed(deploy, service):
    """A former zip is not at hand, and another machine's zlib packs the same content into other bytes."""
    deployed = deploy(lambda: service(previous=[version("b")]).kept and None)
    assert [o.ignore_changes for o in deployed.of("BucketObject")] == [["source"], ["source"]]


def test_a_version_goes_with_the_project_that_goes(deploy, service):
    """App Engine refuses to delete a version with traffic: destroying the project takes it along."""
    deployed = deploy(lambda: service(previous=[version("b")]).kept and None)
    assert {v.deleted_with for v in deployed.of("StandardAppVersion")} == {"project"}
    assert deployed.one("EngineSplitTraffic").deleted_with == "project"
    assert {v.inputs["deleteServiceOnDestroy"] for v in deployed.of("StandardAppVersion")} == {False}
    assert {v.inputs["noopOnDestroy"] for v in deployed.of("StandardAppVersion")} == {False}


def test_the_default_service_of_an_adopted_project_stays_with_the_application(deploy, service):
    """`default` can never be deleted, and the application is retained: destroy does not try."""
    deployed = deploy(lambda: service(adopted=True).url)
    assert deployed.one("StandardAppVersion").deleted_with == "app-engine"
    assert deployed.one("StandardAppVersion").inputs["deleteServiceOnDestroy"] is False


@pytest.mark.parametrize("adopted", [True, False])
def test_no_version_takes_a_service_along(deploy, service, adopted):
    """The flag deletes the whole service, others' versions in it too, whenever the version that carries it goes."""
    deployed = deploy(lambda: service(adopted=adopted, service="api", previous=[version("b")]).kept and None)
    assert {v.inputs["deleteServiceOnDestroy"] for v in deployed.of("StandardAppVersion")} == {False}
    assert {v.deleted_with for v in deployed.of("StandardAppVersion")} == {"app-engine" if adopted else "project"}


def test_what_has_traffic_is_kept_by_app_engine_when_an_app_is_taken_out(deploy, service):
    """App Engine refuses to delete it, which would fail every `up` from then on; what has none is deleted."""
    deployed = deploy(lambda: service(previous=[version("b")]).kept and None)
    kept = {v.inputs["versionId"]: v.retain_on_delete for v in deployed.of("StandardAppVersion")}
    assert kept == {version().id: True, version("b").id: False}


def test_a_kept_service_is_never_deleted_by_a_flag(deploy, service):
    """Where the stack is kept, what serves stays."""
    deployed = deploy(lambda: service(adopted=True, service="api", ephemeral=False).url)
    assert deployed.one("StandardAppVersion").inputs["deleteServiceOnDestroy"] is False


@pytest.mark.parametrize(("name", "url"), [("default", "https://"), ("api", "https://api-dot-")])
def test_its_address_is_the_applications(deploy, service, name, url):
    """The default service has the application's own host name."""
    assert deploy(lambda: service(service=name).url).result == f"{url}demo-ab12cd.ew.r.appspot.com"


def test_a_secret_variable_is_sealed_in_the_state(deploy, service):
    """A sealed value stays an Output that is secret all the way to the engine."""
    deployed = deploy(lambda: service(secret_env={"API_KEY": pulumi.Output.secret("hush")}).kept and None)
    sealed = deployed.one("StandardAppVersion").inputs["envVariables"]
    assert rpc.is_rpc_secret(sealed)
    assert rpc.unwrap_rpc_secret(sealed) == {"COLOUR": "blue", "API_KEY": "hush"}


def test_a_version_of_another_artifact_is_refused(artifact):
    """Id and bytes belong together."""
    with pytest.raises(ValueError, match="must be of its artifact"):
        AppEngineServiceArgs(
            project=None,
            app=None,
            bucket=None,
            artifact=artifact("b"),
            version=version("a"),  # never looked at
        )


def test_a_subnetwork_leads_a_version_to_private_addresses(deploy, service):
    """Nothing else goes through it, and a version without one declares nothing of it."""
    name = "projects/example-net/regions/europe-west1/subnetworks/apps"
    led = deploy(lambda: service(version(subnetwork=name)).url).one("StandardAppVersion").inputs["vpcAccess"]
    assert led == {"networkInterfaces": [{"subnetwork": name}], "egressSetting": "PRIVATE_IP_RANGES"}
    assert "vpcAccess" not in deploy(lambda: service().url).one("StandardAppVersion").inputs
