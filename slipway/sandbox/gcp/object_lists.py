"""The data source that lists a bucket's objects."""

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.handler import Props


def get_bucket_objects(cloud: Google, args: Props) -> Props:
    """The objects of a bucket whose names begin with ``prefix``."""
    bucket, prefix = args["bucket"], args.get("prefix") or ""
    if cloud.store.get("bucket", bucket) is None:
        raise refusals.bucket_missing("Error retrieving bucket objects")
    record = [
        {
            "name": blob.name,
            "contentType": blob.content_type or "",
            "mediaLink": blob.media_link or "",
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{bucket}/o/{blob.name}",
            "storageClass": "STANDARD",
        }
        for blob in cloud.storage.list_blobs(bucket, prefix=prefix, retry=cloud.retry)
    ]
    return {"id": bucket, "bucket": bucket, "prefix": prefix, "bucketObjects": record}


INVOKES = {"gcp:storage/getBucketObjects:getBucketObjects": get_bucket_objects}
