"""The data that a destroy deletes, counted before it asks: objects in buckets, tables and rows in databases."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

from slipway.stack.destroy_plan import DestroyPlan, Named
from slipway.stack.session import Run, environment, services_run

MOST = 1000
"""Objects that are counted; both clouds list so many at once."""
PATIENCE = 10.0
"""Seconds that a cloud may take to list them."""

Contents: TypeAlias = Callable[[Mapping[str, str], str], str]
"""``contents(variables, id)``: what is in it, in words."""


def contents_of(run: Run, plan: DestroyPlan) -> dict[Named, str]:
    """What is in each bucket and database that goes, in words; nothing of a sandbox that does not run."""
    if run.sandbox and not services_run(run):
        return {}
    stores = [one for one in plan.stateful if one.type in CONTENTS]
    variables = {**os.environ, **environment(run)}
    with ThreadPoolExecutor(8) as pool:
        words = pool.map(lambda one: _counted(CONTENTS[one.type], variables, one.id), stores)
        return dict(zip(stores, words, strict=True))


def _counted(contents: Contents, variables: Mapping[str, str], id: str) -> str:
    try:
        return contents(variables, id)
    except Exception as failed:  # a count that fails must not keep a stack from being destroyed
        return f"what it holds could not be counted ({str(failed).partition(chr(10))[0]})"


def _objects(number: int) -> str:
    if not number:
        return "it is empty"
    return f"{number} object{'s' if number > 1 else ''}" + (" or more" if number == MOST else "")


def _rows(variables: Mapping[str, str], instance: str) -> str:
    """Of the sandbox's server: that of a cloud lets in its app alone."""
    from slipway.sandbox.databases import servers  # as the clouds' SDKs below

    state_folder = variables.get("SLIPWAY_HOME")
    if not state_folder:
        return "its tables are the app's alone to read"
    here = [one for one in servers.instances(Path(state_folder)) if one.name == instance]
    tables = [table for one in here for table in servers.tables(one)]
    if not tables:
        return "it has no tables"
    rows = sum(table.rows for table in tables)
    return f"{rows} row{'s' * (rows != 1)} in {len(tables)} table{'s' * (len(tables) != 1)}"


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


CONTENTS: Mapping[str, Contents] = {
    "gcp:storage/bucket:Bucket": lambda variables, bucket: _objects(_google(variables, bucket)),
    "aws:s3/bucket:Bucket": lambda variables, bucket: _objects(_amazon(variables, bucket)),
    "gcp:sql/databaseInstance:DatabaseInstance": _rows,
}
"""By type: how what it holds is counted."""
