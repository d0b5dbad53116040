"""AWS's regions are those that botocore knows, each in its partition."""

import json

import pytest

from bootstrap.permissions import Account, deploys, reads
from components.aws.bucket import PrivateS3BucketArgs, account_regional
from slipway.catalog.permissions import AWS
from slipway.catalog.regions import aws_regions, partition_of
from stacks.checks import aws_region


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        *(
            (name, "aws")
            for name in ("ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "mx-central-1")
        ),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("mars-north-1", "aws"),
    ],
)
def test_a_region_is_in_its_partition(region: str, partition: str):
    """Newer regions are there; of one that botocore does not know, the usual partition is taken."""
    assert partition_of(region) == partition


def test_what_is_no_region_of_the_internet_is_refused():
    """Neither the names that stand for a whole partition, nor the secret partitions, nor a wrong name."""
    assert not [region for region in aws_regions() if "global" in region or "iso" in region]
    with pytest.raises(ValueError, match=r"got 'eu-centrall-1' \(did you mean 'eu-central-1'\?\)"):
        aws_region("eu-centrall-1")


def test_permissions_in_china_name_its_partition():
    """No ARN of another partition is left in what a deployer and a previewer may do."""
    account = Account(id="123456789012", partition="aws-cn")
    statements = [*deploys(account, "slipway-dev", ["dev"], AWS), *reads(account, "slipway-dev", ["dev"], AWS)]
    arns = [arn for statement in statements for arn in statement["Resource"] if arn != "*"]
    assert arns
    assert [arn for arn in arns if not arn.startswith("arn:aws-cn:")] == []
    assert "arn:aws:" not in json.dumps(statements)


def test_a_bucket_of_one_account_is_called_so():
    """S3 gives the name PREFIX-ACCOUNT-REGION-an to that account alone."""
    name = account_regional("slipway-states-prod", "123456789012", "us-gov-west-1")
    assert PrivateS3BucketArgs(bucket_name=name, namespace="account-regional").bucket_name == name
    with pytest.raises(
        ValueError, match="must be PREFIX-ACCOUNT-REGION-an in an account's regional namespace, got 'b'"
    ):
        PrivateS3BucketArgs(bucket_name="b", namespace="account-regional")
