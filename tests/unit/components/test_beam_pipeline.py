"""BeamPipeline and its network, on Pulumi's mocks."""

import json
from dataclasses import replace

import pulumi
import pytest

from components.gcp.beam_pipeline import BeamPipeline, BeamPipelineArgs
from components.gcp.network import PrivateNetwork, PrivateNetworkArgs
from components.gcp.pipeline_data import Sample
from stacks.tables import REQUIRED_APIS

IMAGE = f"europe-west1-docker.pkg.dev/p/images/wordcount@sha256:{'0' * 64}"
APIS = [*REQUIRED_APIS, "dataflow.googleapis.com", "compute.googleapis.com"]


def sample(folder):
    """A text of the app as the pipeline's input."""
    return {"input": Sample(files=(folder / "text.txt",))}


@pytest.fixture
def home():
    """Makes the project inside a program, with Dataflow's APIs."""
    from components.gcp.project import GcpProject, GcpProjectArgs

    how = {"prefix": "demo", "billing_account": "012345-6789AB-CDEF01"}
    return lambda: GcpProject("project", GcpProjectArgs(apis=APIS, ephemeral=True, **how))


@pytest.fixture
def pipeline(home, artifact, tmp_path):
    """Makes the pipeline inside a program."""
    (tmp_path / "text.txt").write_text("to be\n")

    def make(**changes):
        project = home()
        said = {"reads": sample(tmp_path), "ephemeral": True, "artifact": artifact()}
        if "subnetwork" not in changes:
            said["network"] = PrivateNetwork("workers", PrivateNetworkArgs(project=project, region="europe-west1"))
        args = {"project": project, "region": "europe-west1", **said, **changes}
        return BeamPipeline("wordcount", BeamPipelineArgs(**args))

    return make


@pytest.fixture
def args(artifact, tmp_path):
    """The arguments alone, outside of any program."""
    (tmp_path / "text.txt").write_text("to be\n")
    said = {"region": "r", "artifact": artifact(), "subnetwork": "regions/r/subnetworks/s"}
    return BeamPipelineArgs(project=None, reads=sample(tmp_path), **said)


def test_the_bucket_forgets_what_is_temporary(deploy, pipeline):
    """staging/ and temp/ go after some days, input/ and output/ stay."""
    bucket = deploy(lambda: pipeline(temporary_days=5).output).one("Bucket")
    assert bucket.inputs["name"] == "demo-ab12cd-wordcount"
    kept = [rule["condition"] for rule in bucket.inputs["lifecycleRules"] if "matchesPrefixes" in rule["condition"]]
    assert kept == [{"age": 5, "matchesPrefixes": ["staging/"]}, {"age": 5, "matchesPrefixes": ["temp/"]}]


def test_its_identity_may_do_just_what_it_needs(deploy, pipeline):
    """The objects of that bucket alone, and to be a worker; the image is read where there is one."""
    deployed = deploy(lambda: pipeline().output)
    grant = deployed.one("BucketIAMMember").inputs
    assert (grant["bucket"], grant["role"]) == ("demo-ab12cd-wordcount", "roles/storage.objectAdmin")
    worker = {"roles/dataflow.worker", "roles/dataflow.viewer"}
    assert {one.inputs["role"] for one in deployed.of("IAMMember")} == worker
    with_image = deploy(lambda: pipeline(image=IMAGE).output)
    assert {one.inputs["role"] for one in with_image.of("IAMMember")} == worker
    reader = with_image.one("RepositoryIamMember").inputs
    assert (reader["project"], reader["location"], reader["repository"]) == ("p", "europe-west1", "images")
    assert (
        deploy(lambda: pipeline(image=IMAGE.replace("docker.pkg.dev", "example.com")).output).of("RepositoryIamMember")
        == []
    )


USES = {
    "gs://others-data/a.txt": [("BucketIAMMember", "roles/storage.objectViewer", "roles/storage.objectUser")],
    "projects/q/topics/t": [("TopicIAMMember", "roles/pubsub.subscriber", "roles/pubsub.publisher")],
    "q:data.words": [("DatasetIamMember", "roles/bigquery.dataViewer", "roles/bigquery.dataEditor")],
}


@pytest.mark.parametrize("written", [False, True], ids=["read", "written"])
@pytest.mark.parametrize("place", USES)
def test_grants_follow_from_what_is_read_and_written(deploy, pipeline, place, written):
    """On the thing itself, no more than reading where nothing is written; the parameter names it."""
    declared = {"writes": {"output": "files", "there": place}} if written else {"reads": {"there": place}}
    deployed = deploy(lambda: pipeline(**declared).output)
    for type, read_role, written_role in USES[place]:
        grant = next(one for one in deployed.of(type) if one.name == "wordcount-there")
        assert grant.inputs["role"] == (written_role if written else read_role)
    assert deployed.one("FlexTemplateJob").inputs["parameters"]["there"] == place


def test_a_folder_of_samples_is_read_by_a_pattern(deploy, pipeline, tmp_path):
    """Each file is uploaded, and the parameter is a pattern."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    samples = Sample(files=(tmp_path / "a.txt", tmp_path / "b.txt"), folder="texts")
    deployed = deploy(lambda: pipeline(reads={"uris": samples}).output)
    parameters = deployed.one("FlexTemplateJob").inputs["parameters"]
    assert parameters["uris"] == "gs://demo-ab12cd-wordcount/input/texts/*"
    uploaded = {one.inputs["name"] for one in deployed.of("BucketObject")}
    assert {"input/texts/a.txt", "input/texts/b.txt"} <= uploaded


def test_the_template_may_be_launched_safely(deploy, pipeline):
    """Account, private addresses, subnetwork and ceiling are those of the stack where a launch says nothing else."""
    found = deploy(lambda: pipeline(image=IMAGE, streaming=True, max_workers=3).output).named("wordcount-template")
    template = json.loads(found.inputs["source"].text)
    environment = template["defaultEnvironment"]
    assert environment["serviceAccountEmail"] == "job-wordcount@p"
    assert environment["ipConfiguration"] == "WORKER_IP_PRIVATE"
    assert environment["subnetwork"] == "regions/europe-west1/subnetworks/workers"
    assert (environment["maxWorkers"], environment["sdkContainerImage"]) == (3, IMAGE)
    assert template["metadata"]["streaming"] is True
    types = {each["name"]: each["paramType"] for each in template["metadata"]["parameters"]}
    assert types == {"input": "GCS_READ_FILE", "output": "GCS_WRITE_FOLDER"}
    assert all(each["regexes"] for each in template["metadata"]["parameters"])


def test_package_and_sample_are_uploaded(deploy, pipeline):
    """The package under its digest, which alone says whether it changed; the sample under its name."""
    deployed = deploy(lambda: pipeline().output)
    package, sample = deployed.named("wordcount-package"), deployed.named("wordcount-sample")
    assert package.inputs["name"] == f"packages/{'a' * 64}/{'a' * 64}.zip"
    assert package.ignore_changes == ["source"]
    assert sample.inputs["name"] == "input/text.txt"
    assert isinstance(sample.inputs["source"], pulumi.FileAsset)


def test_the_template_names_the_package_or_the_image(deploy, pipeline, artifact):
    """It is another object where the code, or the image that launches it, is another one."""

    def template(**changes):
        found = deploy(lambda: pipeline(**changes).output).named("wordcount-template").inputs
        return found["name"], json.loads(found["source"].text)

    name, said = template(parameters={"extra": "1"})
    assert said["image"] == f"gs://demo-ab12cd-wordcount/packages/{'a' * 64}/{'a' * 64}.zip"
    assert said["sdkInfo"] == {"language": "PYTHON"}
    optional = {each["name"]: each["isOptional"] for each in said["metadata"]["parameters"]}
    assert optional == {"input": False, "output": False, "extra": True}
    assert template(image=IMAGE)[1]["image"] == IMAGE
    names = [name, template()[0], template(image=IMAGE)[0], template(artifact=artifact("b"))[0]]
    assert len(set(names)) == 4


def test_the_run_is_private_capped_and_labelled(deploy, pipeline):
    """No public address, no default network, a ceiling on workers, an identity of its own; after all it stands on."""
    deployed = deploy(lambda: pipeline(labels={"owner": "me"}, max_workers=2, machine_type="n1-standard-1").output)
    run = deployed.one("FlexTemplateJob")
    wanted = {
        "ipConfiguration": "WORKER_IP_PRIVATE",
        "subnetwork": "regions/europe-west1/subnetworks/workers",
        "maxWorkers": 2,
        "machineType": "n1-standard-1",
        "labels": {"owner": "me"},
        "serviceAccountEmail": "job-wordcount@p",
        "tempLocation": "gs://demo-ab12cd-wordcount/temp",
        "stagingLocation": "gs://demo-ab12cd-wordcount/staging",
        "onDelete": "cancel",
        "skipWaitOnJobTermination": False,
    }
    assert {key: run.inputs.get(key) for key in wanted} == wanted
    assert "enableStreamingEngine" not in run.inputs
    needed = {"wordcount-objects", "wordcount-worker", "wordcount-package", "wordcount-template", "wordcount-sample"}
    assert needed | {"workers-among-workers", "project-dataflow", "project-compute"} <= run.depends_on


def test_the_run_is_told_by_its_digest(deploy, pipeline):
    """Name and output carry it, so that two runs never mix what they write."""
    made = []
    deployed = deploy(lambda: made.append(pipeline()))
    run = deployed.one("FlexTemplateJob").inputs
    assert run["name"] == f"wordcount-{made[0].run}"
    assert run["parameters"] == {
        "input": "gs://demo-ab12cd-wordcount/input/text.txt",
        "output": f"gs://demo-ab12cd-wordcount/output/{made[0].run}/wordcount",
    }


def test_a_run_that_is_over_is_not_declared(deploy, pipeline):
    """A batch job that is done leaves the state: declaring it would start it once more. A streaming job never ends."""
    made = []
    over = deploy(lambda: made.append(pipeline(declared=False)))
    assert over.of("FlexTemplateJob") == []
    assert made[0].job_id is None
    assert len(over.of("BucketObject")) == 3
    assert len(deploy(lambda: pipeline(declared=False, streaming=True).output).of("FlexTemplateJob")) == 1


def test_another_try_has_a_name_and_an_output_of_its_own(deploy, pipeline):
    """Nothing of the try before is in its way: neither what it has written, nor its job's name."""
    made = []
    job = deploy(lambda: made.append(pipeline(number=2))).one("FlexTemplateJob")
    assert job.name == job.inputs["name"] == f"wordcount-{made[0].run}-2"
    assert job.inputs["parameters"]["output"] == f"gs://demo-ab12cd-wordcount/output/{made[0].run}-2/wordcount"


def test_a_batch_job_stays_as_it_began_and_a_streaming_one_is_updated(deploy, pipeline):
    """A changed label cancels no run; a streaming job keeps its name, so that Dataflow updates it in place."""
    batch = deploy(lambda: pipeline(labels={"owner": "me"}).output).one("FlexTemplateJob")
    assert {"labels", "subnetwork", "parameters", "containerSpecGcsPath"} <= set(batch.ignore_changes)
    assert "name" not in batch.ignore_changes
    streaming = deploy(lambda: pipeline(streaming=True).output).one("FlexTemplateJob")
    assert streaming.inputs["name"] == "wordcount"
    assert streaming.inputs["parameters"]["output"] == "gs://demo-ab12cd-wordcount/output/wordcount"
    assert not streaming.ignore_changes


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"a": "b"}},
        {"max_workers": 2},
        {"machine_type": "n1-standard-2"},
        {"image": IMAGE},
        {"attempt": 2},
        {"streaming": True},
        {"reads": {"input": "gs://b/a"}},
        {"writes": {"output": "gs://b/a"}},
    ],
)
def test_every_option_makes_another_run(args, change):
    """What can make a run's outcome another one is part of its digest."""
    assert replace(args, **change).run != args.run


def test_another_code_makes_another_run_and_an_edited_text_none(args, artifact, tmp_path):
    """The sample is an input, as a file in a bucket is; what is about the end has no part in it either."""
    before = args.run
    assert replace(args, artifact=artifact("b")).run != before
    assert replace(args, ephemeral=True, labels={"owner": "me"}, temporary_days=9, number=2).run == before
    (tmp_path / "text.txt").write_text("not to be\n")
    assert args.run == before


@pytest.mark.parametrize(
    ("streaming", "ephemeral", "how"), [(False, True, "cancel"), (False, False, "cancel"), (True, False, "drain")]
)
def test_only_a_kept_streaming_job_is_drained(deploy, pipeline, streaming, ephemeral, how):
    """Draining finishes what is buffered, and Dataflow does it of streaming jobs alone."""
    run = deploy(lambda: pipeline(streaming=streaming, ephemeral=ephemeral, image=IMAGE).output).one("FlexTemplateJob")
    assert run.inputs["onDelete"] == how
    assert run.inputs.get("enableStreamingEngine") == (True if streaming else None)
    assert run.inputs["skipWaitOnJobTermination"] is False
    assert run.inputs["sdkContainerImage"] == IMAGE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subnetwork": None}, "Dataflow would take the default network"),
        ({"parameters": {"output": "gs://b/a"}}, "the parameter output is filled twice"),
        ({"reads": {"output": "gs://b/a"}}, "the parameter output is filled twice"),
        ({"reads": {"input": "b/a"}}, "input must name Cloud Storage, Pub/Sub or BigQuery, got 'b/a'"),
        ({"max_workers": 0}, "max_workers must be 1 or more, got 0"),
    ],
)
def test_arguments_that_do_not_agree_are_refused(args, change, said):
    """Before anything is declared, naming the argument."""
    with pytest.raises(ValueError, match=said):
        replace(args, **change)


def test_the_network_reaches_google_and_nobody_else(deploy, home):
    """No subnetworks by themselves, private access to Google, and workers talk to workers alone."""
    deployed = deploy(lambda: PrivateNetwork("workers", PrivateNetworkArgs(project=home(), region="r")).subnetwork)
    assert deployed.one("Network").inputs["autoCreateSubnetworks"] is False
    assert deployed.one("Subnetwork").inputs["privateIpGoogleAccess"] is True
    rule = deployed.one("Firewall").inputs
    assert (rule["sourceTags"], rule["targetTags"], rule["direction"]) == (["dataflow"], ["dataflow"], "INGRESS")
    assert rule["allows"] == [{"protocol": "tcp", "ports": ["12345-12346"]}]


@pytest.mark.parametrize("addresses", ["10.0.0.1/24", "8.8.8.0/24", "here"])
def test_a_network_takes_private_ranges(addresses):
    """A public range would be somebody else's addresses."""
    with pytest.raises(ValueError, match="addresses must be"):
        PrivateNetworkArgs(project=None, region="r", addresses=addresses)


def test_without_an_image_nothing_is_launched(deploy, pipeline):
    """The bucket, the account and the package are there, so that the image has somewhere to be read from."""
    deployed = deploy(lambda: pipeline(launchable=False).output)
    assert deployed.of("FlexTemplateJob") == []
    assert {one.name for one in deployed.of("BucketObject")} == {"wordcount-package", "wordcount-sample"}
