"""A Cloud Run service as the program declares it."""

import pulumi
import pytest

from components.gcp.bucket import PrivateBucket, PrivateBucketArgs
from components.gcp.cloud_run_service import CloudRunService, CloudRunServiceArgs, revision_of
from components.gcp.database import PostgresDatabase, PostgresDatabaseArgs
from components.gcp.project import GcpProject, GcpProjectArgs
from components.gcp.topic_events import TopicEvent
from components.schedules import Request, Timing

IMAGE = f"europe-west1-docker.pkg.dev/demo-ab12cd/images/hello@sha256:{'d' * 64}"
APIS = [f"{api}.googleapis.com" for api in ("artifactregistry", "cloudscheduler", "iam", "pubsub", "run")]


def args(project=None, **how):
    how = {"image": IMAGE, "tag": "1.0.0-aaaaaaaaaaaa", "service": "hello", "region": "europe-west1", **how}
    return CloudRunServiceArgs(project=project, **how)


def service(deploy, **how):
    def program():
        project = GcpProject(
            "project", GcpProjectArgs(apis=APIS, prefix="demo", billing_account="012345-6789AB-CDEF01", ephemeral=True)
        )
        made = CloudRunService("hello", args(project, **how))
        return {"url": made.url, "revision": made.revision, "traffic": made.traffic}

    return deploy(program)


def test_an_identity_of_its_own_may_do_nothing(deploy):
    """Cloud Run pulls the image and takes the log itself: no role is given on anything."""
    deployed = service(deploy)
    template = deployed.one("Service", "hello").inputs["template"]
    assert template["serviceAccount"] == "run-hello@p"
    assert not [r for r in deployed.resources if r.type.endswith(":IAMMember")]


def test_it_is_private_unless_the_stack_says_public(deploy):
    """Nobody is let in by saying nothing."""
    assert not service(deploy).of("ServiceIamMember")
    binding = service(deploy, access="public").one("ServiceIamMember").inputs
    assert (binding["role"], binding["member"]) == ("roles/run.invoker", "allUsers")
    assert service(deploy).one("Service", "hello").inputs["invokerIamDisabled"] is False


def test_a_topic_posts_its_messages_as_an_account_that_may_call_it_and_nothing_else(deploy):
    """What fails too often goes to another topic, by Pub/Sub's own account."""
    words = TopicEvent(topic="hello-words", path="/in", attempts=7, filter='attributes.kind = "order"')
    deployed = service(deploy, events={"words": words}, project_number="42", timeout=90)
    subscription = deployed.one("Subscription", "hello-events-words").inputs
    push = subscription["pushConfig"]
    assert push["pushEndpoint"].endswith(".run.app/in")
    assert push["oidcToken"]["audience"] == push["pushEndpoint"].removesuffix("/in")
    assert (subscription["ackDeadlineSeconds"], subscription["filter"]) == (90, 'attributes.kind = "order"')
    assert subscription["deadLetterPolicy"]["maxDeliveryAttempts"] == 7
    assert deployed.one("ServiceIamMember").inputs["role"] == "roles/run.invoker"
    agent = "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com"
    bury, take = deployed.one("TopicIAMMember").inputs, deployed.one("SubscriptionIAMMember").inputs
    assert (bury["role"], bury["member"]) == ("roles/pubsub.publisher", agent)
    assert (take["role"], take["member"]) == ("roles/pubsub.subscriber", agent)


def test_new_objects_of_its_bucket_are_published_to_a_topic_of_its_own(deploy):
    """Cloud Storage's account may publish to that topic before the notification is there."""

    def program():
        settings = {"apis": [*APIS, "storage.googleapis.com"], "prefix": "demo", "ephemeral": True}
        project = GcpProject("project", GcpProjectArgs(billing_account="012345-6789AB-CDEF01", **settings))
        bucket = PrivateBucket("uploads", PrivateBucketArgs(project=project, location="europe-west1", ephemeral=True))
        photos = TopicEvent(topic="hello-photos", path="/in", bucket=bucket, prefix="in/")
        made = args(project, app_bucket=bucket, events={"photos": photos}, project_number="42")
        return CloudRunService("hello", made).topics

    deployed = deploy(program)
    notice = deployed.one("Notification").inputs
    assert (notice["eventTypes"], notice["objectNamePrefix"]) == (["OBJECT_FINALIZE"], "in/")
    assert "hello-events-photos-may-publish" in deployed.one("Notification").depends_on
    grant = deployed.one("TopicIAMMember", "hello-events-photos-may-publish").inputs
    assert (grant["role"], grant["topic"]) == ("roles/pubsub.publisher", "hello-photos")


@pytest.mark.parametrize("attempts", [4, 101])
def test_pubsub_tries_five_times_at_least(attempts):
    """And a hundred times at most."""
    with pytest.raises(ValueError, match="attempts must be 5 to 100"):
        TopicEvent(topic="words", attempts=attempts)


def test_a_schedule_signs_in_as_an_account_that_may_call_it_and_nothing_else(deploy):
    """So that the service may stay private; the token is for the service, whatever the path."""
    hourly = Request(timing=Timing(every="1h"), path="/healthz")
    deployed = service(deploy, schedules={"hourly": hourly})
    job = deployed.one("Job")
    assert (job.inputs["name"], job.inputs["schedule"]) == ("hello-hourly", "0 * * * *")
    assert job.inputs["httpTarget"] == {
        "httpMethod": "GET",
        "uri": "https://hello-42.europe-west1.run.app/healthz",
        "oidcToken": {"serviceAccountEmail": "due-hello@p", "audience": "https://hello-42.europe-west1.run.app"},
    }
    (binding,) = deployed.of("ServiceIamMember")
    assert (binding.inputs["role"], binding.inputs["member"]) == ("roles/run.invoker", "serviceAccount:due-hello@p")
    assert {"project-cloudscheduler", "hello-clock-may-call"} <= job.depends_on


def test_a_revision_keeps_which_artifact_it_is_of(deploy):
    """So that a rollback can name it by its digest."""
    template = (
        service(deploy, artifact="0123456789ab", labels={"owner": "a"}).one("Service", "hello").inputs["template"]
    )
    assert template["labels"] == {"owner": "a", "artifact": "0123456789ab"}


def test_it_has_ceilings(deploy):
    """Instances, requests at a time, memory, processors and time are bounded."""
    template = service(deploy, max_instances=2, memory=256).one("Service", "hello").inputs["template"]
    assert template["scaling"] == {"minInstanceCount": 0, "maxInstanceCount": 2}
    assert template["containers"][0]["resources"]["limits"] == {"cpu": "1", "memory": "256Mi"}
    assert (template["maxInstanceRequestConcurrency"], template["timeout"]) == (40, "60s")


def test_traffic_goes_to_a_revision_by_name(deploy):
    """Not to `the latest`, which would be whatever somebody deployed by hand."""
    deployed = service(deploy)
    by_name = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": revision_of(args()), "percent": 100}
    assert deployed.one("Service", "hello").inputs["traffics"] == [by_name]
    assert deployed.one("Service", "hello").inputs["template"]["revision"] == revision_of(args())


def test_a_share_goes_to_the_newest_and_the_rest_to_the_one_that_serves(deploy):
    """The way of a canary; without a share all goes to the one named."""
    split = service(deploy, serve="hello-000000000000", canary=10)
    assert split.result["traffic"] == {"hello-000000000000": 90, revision_of(args()): 10}
    back = service(deploy, serve="hello-000000000000")
    assert [t["percent"] for t in back.one("Service", "hello").inputs["traffics"]] == [100]


def test_a_revisions_name_tells_all_that_is_in_it():
    """Cloud Run takes a name once: another image, limit or variable is another name, and nothing else is."""
    changed = [
        {"tag": "1.0.0-bbbbbbbbbbbb"},
        {"memory": 256},
        {"port": 8000},
        {"concurrency": 1},
        {"max_instances": 2},
        {"timeout": 5},
        {"env": {"A": "1"}},
        {"secrets": "fingerprint"},
        {"labels": {"owner": "platform"}},
    ]
    names = [revision_of(args(**change)) for change in ({}, *changed)]
    assert len(set(names)) == len(names)
    assert revision_of(args(access="public", serve="hello-1")) == names[0]
    assert max(map(len, names)) <= 63


def test_it_waits_for_its_apis(deploy):
    """An API that was enabled a moment ago is asked after it was, not before."""
    assert {"project-run", "project-artifactregistry"} <= service(deploy).one("Service", "hello").depends_on


def test_only_an_ephemeral_one_may_be_deleted(deploy):
    """Google's own protection, and the state's."""
    kept, ephemeral = (service(deploy, ephemeral=which).one("Service", "hello") for which in (False, True))
    assert (kept.inputs["deletionProtection"], kept.protect) == (True, True)
    assert (ephemeral.inputs["deletionProtection"], ephemeral.protect) == (False, False)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"access": "open"}, "access must be one of private, public, got 'open'"),
        ({"service": "x" * 50}, "a service's name has 49 characters at most"),
        ({"min_instances": 2}, "instances must be 0 or more at least"),
        ({"canary": 10}, "canary must be 1 to 99 percent beside serve, got 10"),
    ],
)
def test_what_cloud_run_would_refuse_is_refused_here(wrong, says):
    """Before anything is declared, with the value."""
    with pytest.raises(ValueError, match=says):
        args(**wrong)


def test_a_secret_variable_is_sealed(deploy):
    """The service refers to a secret that its account alone may read; the value stands nowhere else."""
    from pulumi.runtime import rpc

    def program():
        project = GcpProject(
            "project",
            GcpProjectArgs(
                apis=[*APIS, "secretmanager.googleapis.com"],
                prefix="demo",
                billing_account="012345-6789AB-CDEF01",
                ephemeral=True,
            ),
        )
        secret = {"KEY": pulumi.Output.secret("hush")}
        return CloudRunService(
            "hello", args(project, env={"A": "1"}, secret_env=secret, secret_prefix="prod-hello")
        ).revision

    deployed = deploy(program)
    (container,) = deployed.one("Service", "hello").inputs["template"]["containers"]
    reference = {"secretKeyRef": {"secret": "prod-hello-KEY", "version": "1"}}
    assert container["envs"] == [{"name": "A", "value": "1"}, {"name": "KEY", "valueSource": reference}]
    value = deployed.one("SecretVersion").inputs["secretData"]
    assert (rpc.is_rpc_secret(value), rpc.unwrap_rpc_secret(value)) == (True, "hush")
    grant = deployed.one("SecretIamMember").inputs
    assert (grant["secretId"], grant["role"]) == ("prod-hello-KEY", "roles/secretmanager.secretAccessor")
    assert {"hello-sealed-key", "hello-sealed-key-reader"} <= set(deployed.one("Service", "hello").depends_on)


def test_its_identity_may_use_its_own_bucket(deploy):
    """One role on one bucket, before the service is there."""

    def program():
        settings = {"apis": [*APIS, "storage.googleapis.com"], "prefix": "demo", "ephemeral": True}
        project = GcpProject("project", GcpProjectArgs(billing_account="012345-6789AB-CDEF01", **settings))
        bucket = PrivateBucket("uploads", PrivateBucketArgs(project=project, location="europe-west1", ephemeral=True))
        return CloudRunService("hello", args(project, app_bucket=bucket)).url

    deployed = deploy(program)
    grant = deployed.one("BucketIAMMember").inputs
    assert (grant["role"], grant["bucket"]) == ("roles/storage.objectUser", deployed.one("Bucket").inputs["name"])
    assert "hello-bucket-user" in deployed.one("Service", "hello").depends_on


def test_its_database_is_reached_by_the_connector(deploy):
    """The grant, the instance in the template, and the folder of its socket file in the container."""

    def program():
        settings = {"apis": [*APIS, "sqladmin.googleapis.com"], "prefix": "demo", "ephemeral": True}
        project = GcpProject("project", GcpProjectArgs(billing_account="012345-6789AB-CDEF01", **settings))
        database = PostgresDatabase("notes", PostgresDatabaseArgs(project=project, region="europe-west1"))
        return CloudRunService("hello", args(project, database=database)).url

    deployed = deploy(program)
    template = deployed.one("Service", "hello").inputs["template"]
    connection = "demo-ab12cd:europe-west1:notes-1234567"
    assert template["volumes"] == [{"name": "cloudsql", "cloudSqlInstance": {"instances": [connection]}}]
    assert template["containers"][0]["volumeMounts"] == [{"name": "cloudsql", "mountPath": "/cloudsql"}]
    grants = [grant.inputs["role"] for grant in deployed.of("IAMMember")]
    assert grants == ["roles/cloudsql.client"]
    assert {"hello-database-client", "notes"} <= set(deployed.one("Service", "hello").depends_on)


def test_a_release_command_is_a_job_of_the_same_image_before_the_service(deploy):
    """It has the service's identity and variables, runs once for an attempt, and is not tried again by itself."""
    deployed = service(deploy, release="python manage.py migrate", attempt="0a1b2c3d", env={"A": "1"})
    job = deployed.one("Job").inputs
    task = job["template"]["template"]
    (container,) = task["containers"]
    assert (job["runExecutionToken"], task["maxRetries"], task["serviceAccount"]) == ("0a1b2c3d", 0, "run-hello@p")
    assert (container["image"], container["args"]) == (IMAGE, ["python manage.py migrate"])
    assert container["envs"] == [{"name": "A", "value": "1"}]
    assert "hello-release" in deployed.one("Service", "hello").depends_on


def test_without_a_release_command_there_is_no_job(deploy):
    """Nothing is paid for, and nothing waited for."""
    assert not service(deploy).of("Job")


def test_a_subnetwork_leads_the_service_and_its_release_to_private_addresses(deploy):
    """Nothing else goes through it; another subnetwork is another revision, and none is the revision that was."""
    name = "projects/example-net/regions/europe-west1/subnetworks/apps"
    apis = [*APIS, "compute.googleapis.com"]

    def program():
        project = GcpProject(
            "project", GcpProjectArgs(apis=apis, prefix="demo", billing_account="012345-6789AB-CDEF01", ephemeral=True)
        )
        CloudRunService("hello", args(project, subnetwork=name, release="true", attempt="a"))

    deployed = deploy(program)
    led = {"networkInterfaces": [{"subnetwork": name}], "egress": "PRIVATE_RANGES_ONLY"}
    assert deployed.one("Service", "hello").inputs["template"]["vpcAccess"] == led
    assert deployed.one("Job").inputs["template"]["template"]["vpcAccess"] == led
    assert "project-compute" in deployed.one("Service", "hello").depends_on
    assert len({revision_of(args(subnetwork=one)) for one in ("", name, f"{name}-2")}) == 3
    assert "vpcAccess" not in service(deploy).one("Service", "hello").inputs["template"]
