"""The data that a destroy deletes, counted before it asks: the objects in buckets."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from slipway.stack.destroy_plan import DestroyPlan, Named
from slipway.stack.session import Run, environment, services_run

MOST = 1000
"""Objects that are counted; both clouds list so many at once."""
PATIENCE = 10.0
"""Seconds that a cloud may take to list them."""

Count: TypeAlias = Callable[[Mapping[str, str], str], int]
"""``count(variables, bucket)``: how many objects are in it, :data:`MOST` at most."""


def contents_of(run: Run, plan: DestroyPlan) -> dict[Named, str]:
    """What is in each bucket that goes, in words; nothing of a sandbox that does not run."""
    if run.sandbox and not services_run(run):
        return {}
    buckets = [one for one in plan.stateful if one.type in COUNTS]
    variables = {**os.environ, **environment(run)}
    with ThreadPoolExecutor(8) as pool:
        return dict(
            zip(buckets, pool.map(lambda one: _in_words(COUNTS[one.type], variables, one.id), buckets), strict=True)
        )


def _in_words(count: Count, variables: Mapping[str, str], bucket: str) -> str:
    try:
        number = count(variables, bucket)
    except Exception as failed:  # a count that fails must not keep a stack from being destroyed
        return f"its objects could not be counted ({failed})"
    if not number:
        return "it is empty"
    return f"{number} object{'s' if number > 1 else ''}" + (" or more" if number == MOST else "")


def _google(variables: Mapping[str, str], bucket: str) -> int:
    """https://cloud.google.com/storage/docs/json_api/v1/objects/list."""
    path = f"/storage/v1/b/{bucket}/o?maxResults={MOST}"
    if emulator := variables.get("STORAGE_EMULATOR_HOST"):
        import httpx  # as the clouds' SDKs below: their import takes longer than a destroy without buckets

        shown = {"Authorization": f"Bearer {variables.get('GOOGLE_OAUTH_ACCESS_TOKEN', '')}"}
        with httpx.Client(headers=shown, trust_env=False, timeout=PATIENCE) as client:
            return len(client.get(f"{emulator}{path}").raise_for_status().json().get("items", []))
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/devstorage.read_only"])
    response = AuthorizedSession(credentials).get(f"https://storage.googleapis.com{path}", timeout=PATIENCE)
    response.raise_for_status()
    return len(response.json().get("items", []))


def _amazon(variables: Mapping[str, str], bucket: str) -> int:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html."""
    import boto3

    emulator = variables.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {"endpoint_url": emulator} if emulator else {}
    if emulator:
        options |= {
            "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
            "region_name": variables["AWS_REGION"],
        }
    return int(boto3.client("s3", **options).list_objects_v2(Bucket=bucket, MaxKeys=MOST)["KeyCount"])


COUNTS: Mapping[str, Count] = {"gcp:storage/bucket:Bucket": _google, "aws:s3/bucket:Bucket": _amazon}
"""By type: how its objects are counted."""
