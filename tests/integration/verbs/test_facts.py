"""`slipway doctor --facts` compares what Slipway takes for true of the clouds with what they say."""

import re

import boto3
import pytest
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber
from requests import ConnectionError as NoConnection
from typer.testing import CliRunner

from slipway.catalog.estimates import RUN_TIER_1, RUN_TIER_2
from slipway.catalog.offers import APP_ENGINE_REGIONS, BEANSTALK_STACKS, LAMBDA_UNZIPPED
from slipway.catalog.regions import aws_regions
from slipway.cli.main import app
from slipway.verbs.facts import amazon, google_cloud, show

REGIONS = sorted(name for name, partition in aws_regions().items() if partition == "aws")
ANSWERS = {
    "ec2": ("describe_regions", {"Regions": [{"RegionName": name} for name in REGIONS]}),
    "elasticbeanstalk": ("list_available_solution_stacks", {"SolutionStacks": list(BEANSTALK_STACKS.values())}),
    "lambda": (
        "get_account_settings",
        {"AccountLimit": {"ConcurrentExecutions": 1000, "CodeSizeUnzipped": LAMBDA_UNZIPPED}},
    ),
}


def answering(**change):
    """AWS's clients with an answer each; an answer that is a text is the code of a refusal."""

    def client(service):
        made = boto3.client(service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
        operation, answer = ANSWERS[service]
        stubber = Stubber(made)
        given = change.get(service, answer)
        if isinstance(given, str):
            stubber.add_client_error(operation, given)
        else:
            stubber.add_response(operation, given)
        stubber.activate()
        return made

    return client


OF_BOTOCORE = "Lambda: Pythons, by botocore"
"""Differs with the version of botocore that is installed."""


def differences(rows):
    return {row.fact: row.difference for row in rows if row.difference and row.fact != OF_BOTOCORE}


def test_aws_as_it_is_here_differs_in_nothing():
    """Regions, platforms, Pythons and quotas."""
    rows = amazon(answering(), "eu-central-1", 1000)
    assert differences(rows) == {}
    assert OF_BOTOCORE in {row.fact for row in rows}


def test_what_aws_has_and_has_not_is_named():
    """A new region, a newer platform, one that is gone, and a new account's quota."""
    stacks = [name.replace("v4.13.1", "v4.14.0") for name in BEANSTALK_STACKS.values() if "3.11" not in name]
    changed = answering(
        ec2={"Regions": [{"RegionName": name} for name in (*REGIONS[1:], "eu-north-9")]},
        elasticbeanstalk={"SolutionStacks": ["64bit Amazon Linux 2023 v9.0.0 running Go 1", *stacks]},
        **{"lambda": {"AccountLimit": {"ConcurrentExecutions": 10, "CodeSizeUnzipped": LAMBDA_UNZIPPED}}},
    )
    assert differences(amazon(changed, "eu-central-1", 1000)) == {
        "AWS: regions": f"the cloud lacks {REGIONS[0]}; the cloud has eu-north-9 too",
        "Beanstalk: Python 3.11": "the cloud has none",
        "Beanstalk: Python 3.12": "the cloud has another",
        "Beanstalk: Python 3.13": "the cloud has another",
        "Beanstalk: Python 3.14": "the cloud has another",
        "Lambda: executions at once": "990 less than here",
    }


def test_what_may_not_be_asked_takes_nothing_from_the_rest():
    """A refusal is a row of its own."""
    rows = amazon(answering(ec2="UnauthorizedOperation"), "eu-central-1", 1000)
    assert list(differences(rows)) == ["AWS: regions"]
    assert "UnauthorizedOperation" in differences(rows)["AWS: regions"]
    assert len(rows) > 5


def test_an_answer_that_is_none_of_awss_is_a_row():
    """As of an emulator without the service, in one line."""

    class Odd:
        def describe_regions(self, **_):
            raise ResponseParserError("Unable to parse response,\nb'{}'")

    known = answering()
    rows = amazon(lambda service: Odd() if service == "ec2" else known(service), "eu-central-1", 1000)
    assert differences(rows) == {"AWS: regions": "could not be asked: Unable to parse response,"}


def google(locations, runtimes, of_cloud_run=(*RUN_TIER_1, *RUN_TIER_2)):
    """Google's answers, by the end of the address."""

    def get(url):
        if url == "https://run.googleapis.com/v1/projects/example/locations?pageSize=200":
            return {"locations": [{"locationId": name} for name in of_cloud_run]}
        if url.endswith(":listRuntimes?environment=STANDARD"):
            return {"runtimes": runtimes}
        assert url.endswith("/apps/example/locations?pageSize=100")
        return {"locations": [{"locationId": name} for name in locations]}

    return get


def test_google_is_compared_by_its_own_names():
    """Two regions have older names in App Engine's API; a preview of a runtime and older Pythons are no difference."""
    older = {"europe-west1": "europe-west", "us-central1": "us-central"}
    locations = [older.get(name, name) for name in APP_ENGINE_REGIONS]
    runtimes = [{"name": f"python3{minor}", "stage": "GA"} for minor in (9, 10, 11, 12, 13, 14)]
    get = google(locations, [*runtimes, {"name": "python315", "stage": "BETA"}, {"name": "go125", "stage": "GA"}])
    assert differences(google_cloud(get, "example")) == {}
    runtimes = [*runtimes[:-1], {"name": "python315", "stage": "GA"}]
    fewer = google([*locations, "mars-west1"], runtimes, [*RUN_TIER_1, *RUN_TIER_2[1:], "mars-west1"])
    assert differences(google_cloud(fewer, "example")) == {
        "App Engine: regions": "the cloud has mars-west1 too",
        "App Engine: Pythons": "the cloud lacks 3.14; the cloud has 3.15 too",
        "Cloud Run: regions with a price": f"the cloud lacks {RUN_TIER_2[0]}; the cloud has mars-west1 too",
    }


def test_the_table_has_a_row_a_fact_and_says_how_many_differ(capsys):
    """Each with what is here, what the cloud says, and the difference in words."""
    show("dev", amazon(answering(), "eu-central-1", 900))
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert printed[0] == "Facts for dev"
    assert "fact here the cloud difference" in printed
    assert "Beanstalk: Python 3.14 v4.13.1 v4.13.1 same" in printed
    assert "Lambda: executions at once 900 1000 100 more than here" in printed
    assert re.fullmatch(r"[12] of 8 facts differ", printed[-1])


def test_a_cloud_that_does_not_answer_is_a_row():
    """And no traceback."""

    def get(url):
        raise NoConnection("no route")

    assert set(differences(google_cloud(get, "example")).values()) == {"could not be asked: no route"}


def test_without_credentials_each_cloud_has_one_line(monkeypatch, tmp_path):
    """With the command that gets them."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    result = CliRunner().invoke(app, ["doctor", "--facts", "--stack", "dev"])
    assert result.exit_code == 0
    assert [line.partition(": `")[0] for line in result.output.splitlines()] == [
        "AWS: not compared, there are no credentials on this machine",
        "Google Cloud: not compared, there are no credentials on this machine",
    ]


@pytest.mark.parametrize("stack", ["nope"])
def test_a_stack_that_is_not_there_is_a_message(stack):
    """Which names those that are."""
    result = CliRunner().invoke(app, ["doctor", "--facts", "--stack", stack])
    assert (result.exit_code, "there is no stack 'nope'" in result.output) == (1, True)
