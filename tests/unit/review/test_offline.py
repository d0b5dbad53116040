"""Answers in the place of clouds: nothing that depends on the machine is in them."""

from pathlib import Path

import pytest

from slipway.catalog.regions import partition_of
from slipway.engine.providers.protocol import Subject
from slipway.review.offline import OfflineProvider, placeless


@pytest.mark.parametrize("stands", ["{folder}/cache/x/Dockerfile", "home/cache/x/Dockerfile"])
def test_a_path_into_the_state_folder_is_the_same_in_every_revision(
    stands: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whether the revision stands beside the state folder, and has a relative path, or elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    inputs = {"build": {"dockerfile": stands.format(folder=tmp_path / "home"), "context": "app"}}
    assert placeless(inputs) == {"build": {"dockerfile": ".slipway/cache/x/Dockerfile", "context": "app"}}


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-central-1", "aws")]
)
def test_a_placeholder_of_an_arn_names_the_partition_of_its_region(region: str, partition: str):
    """What the program writes around it is compared and judged as it will be in that region."""
    provider = OfflineProvider("aws", readable=True, partition=partition_of(region))
    urn = "urn:pulumi:dev::slipway::aws:sqs/queue:Queue::words"
    _, outputs = provider.create(Subject(urn=urn, inputs={}))
    assert outputs["arn"] == f"arn:{partition}:sqs:<<region>>:<<account>>:<<arn of Queue words>>"
