"""A function's code: a zip given directly or one that lies in a bucket, and what Lambda refuses of either."""

import io
import zipfile

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import unless_gone
from slipway.sandbox.handler import Asset, CloudError, Props

DIRECT_LIMIT = 50 * 1024 * 1024
"""Bytes of a zip sent with the request: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
REQUEST_LIMIT = 70_167_211
"""The same in bytes of the whole request, as Lambda's refusal puts it."""
UNPACKED_LIMIT = 262_144_000
"""Bytes of the unpacked code and its layers."""

SOURCES = frozenset({"code", "codeSha256", "sourceCodeHash", "s3Bucket", "s3Key", "s3ObjectVersion"})
"""The inputs that say what the code is."""


def check(new: Props) -> dict[str, str]:
    """Whether exactly one source of code is given."""
    declared = [key for key in ("code", "imageUri", "s3Bucket") if new.get(key) is not None]
    if len(declared) > 1:
        return {
            declared[
                1
            ]: f"only one of `code,imageUri,s3Bucket` can be specified, but `{','.join(declared)}` were specified"
        }
    if new.get("imageUri") is not None or new.get("packageType") == "Image":
        return {"packageType": "the sandbox runs zip packages; it has no container runtime for Image functions"}
    if new.get("s3Bucket") is not None and "s3Key" not in new:
        return {"s3Bucket": "all of `s3Bucket,s3Key` must be specified"}
    return {}


def request(aws: Aws, new: Props, doing: str, operation: str) -> Props:
    """The part of Lambda's request that carries the code. Raises :class:`CloudError` where Lambda would refuse it."""
    if new.get("s3Bucket"):
        return _in_bucket(aws, new, doing, operation)
    code = new.get("code")
    if not isinstance(code, Asset):
        raise CloudError(f"{doing}: one of `code,imageUri,s3Bucket` must be specified")
    content = code.zip()
    if len(content) > DIRECT_LIMIT:
        raise CloudError(
            f"{doing}: operation error {operation}, RequestEntityTooLargeException: "
            f"Request must be smaller than {REQUEST_LIMIT} bytes for the {operation} operation"
        )
    _refuse_unpacked(io.BytesIO(content), doing, operation)
    return {"ZipFile": content}


def _in_bucket(aws: Aws, new: Props, doing: str, operation: str) -> Props:
    s3 = aws.client("s3")
    where = {"Bucket": new["s3Bucket"], "Key": new["s3Key"]}
    if new.get("s3ObjectVersion"):
        where["VersionId"] = new["s3ObjectVersion"]
    refused = f"{doing}: operation error {operation}, InvalidParameterValueException: Error occurred while GetObject. "
    if unless_gone(s3.head_bucket, Bucket=new["s3Bucket"]) is None:
        raise CloudError(f"{refused}S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist")
    if unless_gone(s3.head_object, **where) is None:
        raise CloudError(f"{refused}S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
    version = {"S3ObjectVersion": new["s3ObjectVersion"]} if new.get("s3ObjectVersion") else {}
    return {"S3Bucket": new["s3Bucket"], "S3Key": new["s3Key"], **version}


def _refuse_unpacked(content: io.BytesIO, doing: str, operation: str) -> None:
    refused = f"{doing}: operation error {operation}, InvalidParameterValueException: "
    try:
        with zipfile.ZipFile(content) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise CloudError(
            f"{refused}Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    if size > UNPACKED_LIMIT:
        raise CloudError(f"{refused}Unzipped size must be smaller than {UNPACKED_LIMIT} bytes")
