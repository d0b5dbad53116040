"""S3 buckets and the objects in them."""

import base64
import ipaddress
import re
from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import DEFAULT_REGION, Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Asset, Calls, CloudError, Handler, Props

_NAME = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
_PREFIXES, _SUFFIXES = ("xn--", "sthree-", "amzn-s3-demo-"), ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""Reserved: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
ELSEWHERE = {
    "versioning": "BucketVersioning",
    "serverSideEncryptionConfiguration": "BucketServerSideEncryptionConfiguration",
    "lifecycleRules": "BucketLifecycleConfiguration",
}
"""Deprecated inputs of a bucket -> the resource that sets the same."""
_UNSERVED = ("acl", "grants", "corsRules", "website", "policy", "logging", "replicationConfiguration",
             "objectLockConfiguration", "objectLockEnabled", "requestPayer", "accelerationStatus")  # fmt: skip
HOSTED_ZONES = {"us-east-1": "Z3AQBSTGFYJSTF", "us-west-2": "Z3BJ6K6RIION7M", "eu-central-1": "Z21DNDUVLTQW6Q",
                "eu-west-1": "Z1BKCTXD74EZPE"}  # fmt: skip
"""https://docs.aws.amazon.com/general/latest/gr/s3.html, of the regions stacks here name."""


def check_bucket(new: Props) -> dict[str, str]:
    """What S3 refuses of a bucket, and the inputs the sandbox serves by a resource of their own."""
    wrong = {
        key: f"deprecated input: the sandbox serves it as aws.s3.{resource}"
        for key, resource in ELSEWHERE.items()
        if new.get(key)
    }
    wrong |= {key: f"the sandbox does not serve {key} of a bucket" for key in _UNSERVED if new.get(key)}
    name = new.get("bucket")
    if name is not None and (problem := _name_problem(name)):
        wrong["bucket"] = f"InvalidBucketName: The specified bucket is not valid: {name} ({problem})"
    return wrong


def bucket_defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {"forceDestroy": False, **new}


def create_bucket(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the bucket; a name that is taken is refused, one of the same account's too."""
    name, s3 = new["bucket"], aws.client("s3")
    aws.in_region(new)
    doing = f"creating S3 Bucket ({name})"
    with refusals(doing):
        # In us-east-1 S3 itself answers a second creation with the bucket that is there: the provider asks first.
        if unless_gone(s3.head_bucket, Bucket=name) is not None:
            raise CloudError(
                f"{doing}: operation error CreateBucket, BucketAlreadyOwnedByYou: Your previous request to create the "
                "named bucket succeeded and you already own it."
            )
        where = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        s3.create_bucket(Bucket=name, **(where if aws.region != DEFAULT_REGION else {}))
        _tag_bucket(s3, name, new)
    return name, read_bucket(aws, name) or {}


def read_bucket(aws: Aws, id: str) -> Props | None:
    """The bucket as S3 has it; ``forceDestroy`` is the program's alone: left out."""
    with refusals(f"reading S3 Bucket ({id})"):
        if unless_gone(aws.client("s3").head_bucket, Bucket=id) is None:
            return None
        carried = _bucket_tags(aws, id)
    return {
        "bucket": id,
        "region": aws.region,
        "bucketRegion": aws.region,
        "arn": f"arn:aws:s3:::{id}",
        "bucketDomainName": f"{id}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{id}.s3.{aws.region}.amazonaws.com",
        "hostedZoneId": HOSTED_ZONES.get(aws.region, ""),
        "websiteDomain": "",
        "websiteEndpoint": "",
        **tags.incoming(carried),
    }


def update_bucket(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change the tags."""
    with refusals(f"updating S3 Bucket ({id})"):
        _tag_bucket(aws.client("s3"), id, new)
    return read_bucket(aws, id) or {}


def delete_bucket(aws: Aws, id: str, old: Props) -> None:
    """Delete the bucket; with what is in it only where ``forceDestroy`` is set."""
    s3 = aws.client("s3")
    with refusals(f"deleting S3 Bucket ({id})"):
        if unless_gone(s3.head_bucket, Bucket=id) is None:
            return
        if old.get("forceDestroy"):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=id):
                for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    s3.delete_object(Bucket=id, Key=one["Key"], VersionId=one["VersionId"])
        unless_gone(s3.delete_bucket, Bucket=id)


def check_object(new: Props) -> dict[str, str]:
    """Whether one source is given, and the key is one S3 takes."""
    declared = [key for key in ("source", "content", "contentBase64") if new.get(key) is not None]
    if len(declared) > 1:
        return {declared[1]: f'"{declared[1]}": conflicts with {declared[0]}'}
    key = new.get("key")
    if key is not None and not 1 <= len(key.encode()) <= 1024:
        return {"key": f"expected length of key to be in the range (1 - 1024), got {len(key.encode())} bytes"}
    return {}


def object_id(_aws: Aws, new: Props) -> str:
    """The object's id: ``bucket/key``."""
    return f"{new['bucket']}/{new['key'].lstrip('/')}"


def create_object(aws: Aws, new: Props) -> tuple[str, Props]:
    """Upload the object; one under the same key is replaced, as S3 does."""
    aws.in_region(new)
    id = object_id(aws, new)
    return id, update_object(aws, id, {}, new)


def read_object(aws: Aws, id: str) -> Props | None:
    """The object as S3 has it, without its bytes. ``id`` is ``bucket/key``."""
    bucket, _, key = id.partition("/")
    s3 = aws.client("s3")
    with refusals(f"reading S3 Object ({id})"):
        there = unless_gone(s3.head_object, Bucket=bucket, Key=key)
        if there is None:
            return None
        carried = tags.mapped(s3.get_object_tagging(Bucket=bucket, Key=key).get("TagSet"))
    return {
        "bucket": bucket,
        "key": key,
        "contentType": there.get("ContentType", ""),
        "cacheControl": there.get("CacheControl", ""),
        "contentDisposition": there.get("ContentDisposition", ""),
        "contentEncoding": there.get("ContentEncoding", ""),
        "metadata": there.get("Metadata", {}),
        "storageClass": there.get("StorageClass", "STANDARD"),
        "etag": there["ETag"].strip('"'),
        "versionId": there.get("VersionId", ""),
        "region": aws.region,
        "arn": f"arn:aws:s3:::{bucket}/{key}",
        **tags.incoming(carried),
    }


def update_object(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Upload the object again."""
    bucket, _, key = id.partition("/")
    named = {
        "ContentType": new.get("contentType"),
        "CacheControl": new.get("cacheControl"),
        "ContentDisposition": new.get("contentDisposition"),
        "ContentEncoding": new.get("contentEncoding"),
        "StorageClass": new.get("storageClass"),
        "Metadata": new.get("metadata"),
    }
    with refusals(f"uploading S3 Object ({key}) to Bucket ({bucket})"):
        aws.client("s3").put_object(
            Bucket=bucket, Key=key, Body=_body(new), **{name: value for name, value in named.items() if value}
        )
        if carried := tags.outgoing(new):
            aws.client("s3").put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": tags.listed(carried)})
    return read_object(aws, id) or {}


def delete_object(aws: Aws, id: str, _old: Props) -> None:
    """Delete the object with its earlier versions, as the provider does."""
    bucket, _, key = id.partition("/")
    s3 = aws.client("s3")
    with refusals(f"deleting S3 Object ({key}) from Bucket ({bucket})"):
        if unless_gone(s3.head_bucket, Bucket=bucket) is None:
            return
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                if one["Key"] == key:
                    s3.delete_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])


def _name_problem(name: str) -> str | None:
    if not _NAME.match(name) or ".." in name:
        return "3 to 63 lower-case letters, digits, '.' and '-', with a letter or digit at both ends, no '..'"
    if name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        return "its beginning or end is reserved"
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return None
    return "it looks like an IP address"


def _body(new: Props) -> bytes:
    if isinstance(new.get("source"), Asset):
        return new["source"].read()
    if new.get("contentBase64") is not None:
        return base64.b64decode(new["contentBase64"])
    return (new.get("content") or "").encode()


def _tag_bucket(s3: Any, name: str, new: Props) -> None:  # noqa: ANN401 - boto3's clients have no static types
    if carried := tags.outgoing(new):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags.listed(carried)})
    else:
        s3.delete_bucket_tagging(Bucket=name)


def _bucket_tags(aws: Aws, name: str) -> dict[str, str]:
    answer = unless_gone(aws.client("s3").get_bucket_tagging, Bucket=name)
    return tags.mapped(answer["TagSet"]) if answer else {}


_BUCKET = Handler(
    check=check_bucket,
    defaults=bucket_defaults,
    calls=Calls(create=create_bucket, read=read_bucket, update=update_bucket, delete=delete_bucket), auto_name="bucket",
    identify=lambda _aws, new: new["bucket"],
    replace_on=frozenset({"bucket", "bucketPrefix", "region"}),
    computed=frozenset(
        {
            "arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId", "tagsAll",
            "websiteDomain", "websiteEndpoint",
        }
    ),
    volatile=frozenset({"tagsAll"}),
)  # fmt: skip
_OBJECT = Handler(
    check=check_object,
    calls=Calls(create=create_object, read=read_object, update=update_object, delete=delete_object),
    auto_name="key",
    named_alike=True,
    identify=object_id,
    settled=frozenset({"contentType", "etag", "storageClass"}),
    overwrites=True,
    replace_on=frozenset({"bucket", "key", "region"}),
    computed=frozenset({"arn", "tagsAll", "versionId"}),
    volatile=frozenset({"tagsAll", "versionId"}),
)
HANDLERS = {
    "aws:s3/bucket:Bucket": _BUCKET,
    "aws:s3/bucketV2:BucketV2": _BUCKET,
    "aws:s3/bucketObject:BucketObject": _OBJECT,
    "aws:s3/bucketObjectv2:BucketObjectv2": _OBJECT,
}
