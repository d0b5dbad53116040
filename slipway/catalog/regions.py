"""The regions of AWS and the partitions that they are in, of the data that botocore brings along.

A partition is the second field of every ARN: ``aws``, ``aws-cn`` (China), ``aws-us-gov``, ``aws-eusc``.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

SECRET = "aws-iso"  # noqa: S105 - what the names of partitions begin with that are not on the internet
DEFAULT = "aws"


@cache
def aws_regions() -> Mapping[str, str]:
    """Region → its partition."""
    # Only the file is read: botocore itself takes a tenth of a second to import.
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("botocore is not installed: run `make setup`")
    data = json.loads((Path(spec.submodule_search_locations[0]) / "data/partitions.json").read_text(encoding="utf-8"))
    return {
        region: partition["id"]
        for partition in data["partitions"]
        if not partition["id"].startswith(SECRET)
        for region in partition["regions"]
        if not region.endswith("-global")
    }


def partition_of(region: str) -> str:
    """The partition of a region; ``aws`` if botocore does not know the region yet."""
    return aws_regions().get(region, DEFAULT)
