"""The data source that lists a bucket's objects."""

from slipway.sandbox.gcp import refusals, storage_api
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.storage_api import StorageError
from slipway.sandbox.handler import Props

DOING = "Error retrieving bucket objects"


def get_bucket_objects(cloud: Google, args: Props) -> Props:
    """The objects of a bucket whose names begin with ``prefix``."""
    bucket, prefix = args["bucket"], args.get("prefix") or ""
    try:
        listed = list(storage_api.objects(cloud, bucket, prefix))
    except StorageError as error:
        raise refusals.bucket_missing(DOING) if error.code == 404 else storage_api.refused(error, DOING) from None
    record = [
        {
            "name": one["name"],
            "contentType": one.get("contentType") or "",
            "mediaLink": one.get("mediaLink") or "",
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{bucket}/o/{one['name']}",
            "storageClass": "STANDARD",
        }
        for one in listed
    ]
    return {"id": bucket, "bucket": bucket, "prefix": prefix, "bucketObjects": record}


INVOKES = {"gcp:storage/getBucketObjects:getBucketObjects": get_bucket_objects}
