"""Elastic Beanstalk by AWS's own clients, through the gateway: boto3, whose model reads every answer, and `aws`."""

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.beanstalk import query
from slipway.sandbox.beanstalk.operations import OPERATIONS
from tests.contract.amazon.conftest import Account as Empty
from tests.sandbox.aws.beanstalk_stage import STACK, files, trust

NAME = "contract-app"
PATIENCE = 90.0
pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Account(Empty):
    """The same, with what an environment stands on."""

    @property
    def beanstalk(self) -> Any:
        return self.aws.client("elasticbeanstalk")

    def environment(self) -> dict[str, Any]:
        """How the one environment is."""
        return self.beanstalk.describe_environments(EnvironmentNames=[NAME])["Environments"][0]

    def ready(self) -> dict[str, Any]:
        """The environment once it is Ready."""
        until = time.monotonic() + PATIENCE
        while (environment := self.environment())["Status"] != "Ready" and time.monotonic() < until:
            time.sleep(0.2)
        return environment


@pytest.fixture(scope="module")
def account(empty_account: Empty) -> Account:
    """With two bundles in a bucket, and an instance profile that may read them."""
    s3, iam = empty_account.aws.client("s3"), empty_account.aws.client("iam")
    s3.create_bucket(Bucket=NAME)
    for label in ("one", "two"):
        s3.put_object(Bucket=NAME, Key=f"{label}.zip", Body=files(label))
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{NAME}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    iam.put_role_policy(RoleName=NAME, PolicyName="reads", PolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    return Account(empty_account.variables, empty_account.aws)


def test_an_application_from_its_first_version_to_its_end(account: Account) -> None:
    """Two versions, an environment that is launched, updated and terminated; events, settings and tags beside it."""
    beanstalk = account.beanstalk
    beanstalk.create_application(ApplicationName=NAME, Description="a", Tags=[{"Key": "owner", "Value": "me"}])
    for label in ("one", "two"):
        bundle = {"S3Bucket": NAME, "S3Key": f"{label}.zip"}
        beanstalk.create_application_version(ApplicationName=NAME, VersionLabel=label, SourceBundle=bundle)
    options = {
        ("aws:autoscaling:launchconfiguration", "IamInstanceProfile"): NAME,
        ("aws:elasticbeanstalk:environment", "EnvironmentType"): "SingleInstance",
    }
    settings = [{"Namespace": n, "OptionName": o, "Value": value} for (n, o), value in options.items()]
    begun = beanstalk.create_environment(
        ApplicationName=NAME,
        EnvironmentName=NAME,
        VersionLabel="one",
        SolutionStackName=STACK,
        CNAMEPrefix="contract-app",
        OptionSettings=settings,
    )
    assert begun["Status"] in ("Launching", "Ready") and begun["EnvironmentId"].startswith("e-")
    ready = account.ready()
    assert (ready["Status"], ready["Health"], ready["VersionLabel"]) == ("Ready", "Green", "one"), ready
    assert page(account, ready) == "one"
    beanstalk.update_environment(EnvironmentName=NAME, VersionLabel="two")
    assert (account.ready()["VersionLabel"], page(account, ready)) == ("two", "two")
    events = beanstalk.describe_events(EnvironmentName=NAME)["Events"]
    assert "Successfully updated the environment." in [event["Message"] for event in events]
    shown = beanstalk.describe_configuration_settings(ApplicationName=NAME, EnvironmentName=NAME)
    values = shown["ConfigurationSettings"][0]["OptionSettings"]
    assert {(one["Namespace"], one["OptionName"]): one["Value"] for one in values} == options
    health = beanstalk.describe_environment_health(EnvironmentName=NAME, AttributeNames=["All"])
    assert (health["Status"], health["Color"]) == ("Ready", "Green")
    assert len(beanstalk.describe_environment_resources(EnvironmentName=NAME)["EnvironmentResources"]["Instances"]) == 1
    assert not beanstalk.check_dns_availability(CNAMEPrefix="contract-app")["Available"]
    arn = beanstalk.describe_applications()["Applications"][0]["ApplicationArn"]
    beanstalk.update_tags_for_resource(ResourceArn=arn, TagsToAdd=[{"Key": "a", "Value": "b"}], TagsToRemove=["owner"])
    assert beanstalk.list_tags_for_resource(ResourceArn=arn)["ResourceTags"] == [{"Key": "a", "Value": "b"}]
    with pytest.raises(ClientError, match="currently in use by the following environments") as used:
        beanstalk.delete_application_version(ApplicationName=NAME, VersionLabel="two")
    assert used.value.response["Error"]["Code"] == "SourceBundleDeletionException"
    with pytest.raises(ClientError, match="running environments"):
        beanstalk.delete_application(ApplicationName=NAME)
    command(account, "terminate-environment", "--environment-name", NAME)
    until = time.monotonic() + PATIENCE
    while beanstalk.describe_environments()["Environments"] and time.monotonic() < until:
        time.sleep(0.2)
    labels = command(account, "describe-application-versions")["ApplicationVersions"]
    assert [one["VersionLabel"] for one in labels] == ["two", "one"]
    beanstalk.delete_application(ApplicationName=NAME)
    assert beanstalk.describe_applications()["Applications"] == []


def page(account: Account, environment: dict[str, Any]) -> str:
    """What the environment's address answers."""
    front = account.variables["SLIPWAY_FRONT"]
    return httpx.get(front, headers={"Host": environment["CNAME"]}, trust_env=False).text.strip()


def command(account: Account, *words: str) -> Any:
    """What `aws elasticbeanstalk` prints; boto3's answer where it is not installed."""
    if shutil.which("aws") is None:
        return getattr(account.beanstalk, words[0].replace("-", "_"))(
            **({"EnvironmentName": words[2]} if len(words) > 1 else {})
        )
    line = ["aws", "--output", "json", "elasticbeanstalk", *words]
    done = subprocess.run(line, env={**os.environ, **account.variables}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "{}")


REFUSALS = [
    ("create_application", {"ApplicationName": "a/b"}, "InvalidParameterValue", "length of name"),
    ("describe_environment_resources", {"EnvironmentName": "nothing"}, "InvalidParameterValue", "No Environment found"),
    (
        "create_application_version",
        {"ApplicationName": "gone", "VersionLabel": "v", "SourceBundle": {"S3Bucket": NAME, "S3Key": "one.zip"}},
        "InvalidParameterValue",
        "No Application named 'gone' found.",
    ),
    (
        "create_application_version",
        {"ApplicationName": "gone", "VersionLabel": "v", "SourceBundle": {"S3Bucket": NAME, "S3Key": "three.zip"}},
        "InvalidParameterCombination",
        "Unable to download from S3 location",
    ),
    ("describe_events", {"Severity": "LOUD"}, "ValidationError", "failed to satisfy constraint"),
    ("swap_environment_cnames", {}, "NotImplemented", "does not serve SwapEnvironmentCNAMEs"),
]


@pytest.mark.parametrize(("operation", "values", "code", "words"), REFUSALS, ids=[row[0] + row[2] for row in REFUSALS])
def test_a_refusal_has_awss_code(account: Account, operation: str, values: Any, code: str, words: str) -> None:
    """boto3 reads the code and the message out of it."""
    with pytest.raises(ClientError, match=words) as refused:
        getattr(account.beanstalk, operation)(**values)
    assert refused.value.response["Error"]["Code"] == code


def test_another_key_is_turned_away(account: Account) -> None:
    """The gateway verifies the signature before anything of Beanstalk is asked."""
    endpoint = Endpoint.of(account.variables)
    stranger = Aws(Endpoint(endpoint.url, endpoint.access_key, "another secret"), "us-east-1")
    with pytest.raises(ClientError, match="does not match the signature you provided"):
        stranger.client("elasticbeanstalk").describe_applications()


def test_every_operation_is_one_of_botocores() -> None:
    """A misspelt one would never be asked for."""
    names: Any = query.model().operation_names
    assert OPERATIONS.keys() <= set(names)
