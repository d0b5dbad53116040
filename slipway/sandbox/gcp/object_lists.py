"""The data source that lists a bucket's objects."""

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.handler import Props


def get_bucket_objects(cloud: Google, args: Props) -> Props:
    """The objects of a bucket whose names begin with ``prefix``."""
    from google.api_core.exceptions import NotFound  # 100 ms, of programs that list objects alone

    bucket, prefix = args["bucket"], args.get("prefix") or ""
    try:
        blobs = list(cloud.storage.list_blobs(bucket, prefix=prefix, retry=cloud.retry))
    except NotFound:
        raise refusals.bucket_missing("Error retrieving bucket objects") from None
    record = [
        {
            "name": blob.name,
            "contentType": blob.content_type or "",
            "mediaLink": blob.media_link or "",
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{bucket}/o/{blob.name}",
            "storageClass": "STANDARD",
        }
        for blob in blobs
    ]
    return {"id": bucket, "bucket": bucket, "prefix": prefix, "bucketObjects": record}


INVOKES = {"gcp:storage/getBucketObjects:getBucketObjects": get_bucket_objects}
