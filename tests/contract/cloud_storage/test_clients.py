"""Cloud Storage with clients that others wrote: Google's own for Python, and `gcloud storage`."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud.storage import Client
from google.oauth2.credentials import Credentials

from tests.contract.google_cloud.test_gcloud import contains
from tests.sandbox.storage_service import paid_project, serving_storage

SCRIPT = Path(__file__).parent / "gcloud.json"
LARGE = 9 << 20
"""Bytes: more than gcloud sends in one request."""


def client_of(address: str) -> Client:
    """Google's own client."""
    options = ClientOptions(api_endpoint=address)
    return Client(project="demo-project", credentials=Credentials("any"), client_options=options)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A Cloud Storage with a paid project."""
    paid_project(tmp_path)
    with serving_storage(tmp_path) as place:
        yield place


def test_googles_client_finds_what_it_has_stored(address: str) -> None:
    """Settings, conditions, an upload in pieces, ranges, lists with prefixes, and a batch."""
    client = client_of(address)
    bucket = client.bucket("demo-bucket")
    bucket.labels, bucket.versioning_enabled = {"a": "b"}, True
    bucket.add_lifecycle_delete_rule(age=3)
    client.create_bucket(bucket, location="europe-west1")
    again = client.get_bucket("demo-bucket")
    assert (again.location, again.labels, again.versioning_enabled) == ("EUROPE-WEST1", {"a": "b"}, True)
    assert [dict(rule) for rule in again.lifecycle_rules] == [{"action": {"type": "Delete"}, "condition": {"age": 3}}]
    data = os.urandom(3 << 20)
    blob = bucket.blob("in/large", chunk_size=1 << 20)
    blob.upload_from_string(data, if_generation_match=0, checksum="crc32c")
    assert blob.download_as_bytes(checksum="md5") == data
    assert blob.download_as_bytes(start=10, end=19) == data[10:20]
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"other", if_generation_match=0)
    for name in ("in/a", "in/b", "out"):
        bucket.blob(name).upload_from_string(name)
    listed: Any = client.list_blobs("demo-bucket", delimiter="/", page_size=1)
    assert ([one.name for one in listed], listed.prefixes) == (["out"], {"in/"})
    with client.batch():
        bucket.blob("in/a").delete()
        bucket.blob("in/b").delete()
    assert [one.name for one in client.list_blobs("demo-bucket")] == ["in/large", "out"]
    assert not client.bucket("no-such-bucket").exists()
    with pytest.raises(NotFound, match="No such object: demo-bucket/in/a"):
        bucket.blob("in/a").download_as_bytes()


def test_packed_bytes_are_unpacked_for_who_cannot(address: str) -> None:
    """By the request's Accept-Encoding, and not where it is barred: https://cloud.google.com/storage/docs/transcoding."""
    bucket = client_of(address).create_bucket("demo-bucket")
    packed = gzip.compress(b"the text " * 100)
    for name, control in (("free", None), ("barred", "no-transform")):
        blob = bucket.blob(name)
        blob.content_encoding, blob.cache_control = "gzip", control
        blob.upload_from_string(packed)
    place = f"{address}/storage/v1/b/demo-bucket/o"
    with httpx.Client(trust_env=False) as plain:

        def raw(name: str, accepted: str) -> tuple[bytes, str]:
            with plain.stream("GET", f"{place}/{name}?alt=media", headers={"Accept-Encoding": accepted}) as answer:
                return b"".join(answer.iter_raw()), answer.headers.get("content-encoding", "")

        assert raw("free", "identity") == (b"the text " * 100, "")
        assert raw("free", "gzip") == (packed, "gzip")
        assert raw("barred", "identity") == (packed, "gzip")


def test_what_is_stored_outlives_the_service(tmp_path: Path) -> None:
    """Objects, settings and an upload that was half done are there after a restart; leftovers of a crash are not."""
    paid_project(tmp_path)
    data = tmp_path / "sandbox" / "storage"
    with serving_storage(tmp_path) as first:
        bucket = client_of(first).create_bucket("demo-bucket")
        bucket.blob("a").upload_from_string(b"kept")
        begun = httpx.post(f"{first}/upload/storage/v1/b/demo-bucket/o?uploadType=resumable&name=b", trust_env=False)
        target = begun.headers["location"].removeprefix(first)
        half = {"Content-Range": f"bytes 0-{(256 << 10) - 1}/*"}
        assert httpx.put(first + target, headers=half, content=bytes(256 << 10), trust_env=False).status_code == 308
    for leftover in (data / "blobs" / "stray", data / "parts" / "stray"):
        leftover.write_bytes(b"x")
    with serving_storage(tmp_path) as second:
        assert client_of(second).bucket("demo-bucket").blob("a").download_as_bytes() == b"kept"
        asked = httpx.put(second + target, headers={"Content-Range": "bytes */*"}, trust_env=False)
        assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{(256 << 10) - 1}")
        rest = {"Content-Range": f"bytes {256 << 10}-{(256 << 10) + 1}/{(256 << 10) + 2}"}
        assert httpx.put(second + target, headers=rest, content=b"ab", trust_env=False).json()["size"] == "262146"
    assert not list(data.rglob("stray"))


def test_two_hundred_at_once_lose_nothing(address: str) -> None:
    """Uploads side by side, half of them to one name: each is answered, one generation of that name is left."""
    client_of(address).create_bucket("demo-bucket")
    with httpx.Client(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=50)) as client:

        def upload(number: int) -> int:
            name = f"n{number}" if number % 2 else "same"
            place = f"{address}/upload/storage/v1/b/demo-bucket/o?uploadType=media&name={name}"
            return client.post(place, content=f"{number}".encode()).status_code

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(upload, range(200))) == {200}
        items = client.get(f"{address}/storage/v1/b/demo-bucket/o").json()["items"]
    assert len(items) == 101


MEMORY = """
import resource, sys
from pathlib import Path
import httpx
from tests.sandbox.storage_service import paid_project, serving_storage
home = Path(sys.argv[1])
paid_project(home)
with serving_storage(home) as address, httpx.Client(base_url=address, trust_env=False, timeout=120) as client:
    client.post("/storage/v1/b?project=demo-project", json={"name": "demo-bucket"}).raise_for_status()
    client.post("/upload/storage/v1/b/demo-bucket/o?uploadType=media&name=w", content=bytes(1 << 20)).raise_for_status()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pieces = (bytes(1 << 20) for _ in range(100))
    client.post("/upload/storage/v1/b/demo-bucket/o?uploadType=media&name=l", content=pieces).raise_for_status()
    with client.stream("GET", "/storage/v1/b/demo-bucket/o/l?alt=media") as answer:
        assert sum(len(piece) for piece in answer.iter_bytes()) == 100 << 20
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_hundred_megabytes_are_not_held_in_memory(tmp_path: Path) -> None:
    """Up and down again, with client and service in one process: it grows by less than a third of that."""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 32


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_storage(address: str, tmp_path: Path) -> None:
    """Every command of the script ends as its file says, and the bytes come back as they were."""
    files = {name: tmp_path / name for name in ("small", "large", "back")}
    files["small"].write_bytes(b"small")
    files["large"].write_bytes(os.urandom(LARGE))
    environment = {
        **os.environ,
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{address}/storage/v1/",
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN": "any",
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "demo-project",
    }
    steps: list[dict[str, Any]] = json.loads(SCRIPT.read_text(encoding="utf-8"))["steps"]
    for step in steps:
        words = step["gcloud"].format(**files).split()
        done = subprocess.run(
            ["gcloud", *words, "--format=json"], env=environment, capture_output=True, text=True, timeout=120
        )
        if "refused" in step:
            assert done.returncode != 0 and step["refused"] in done.stderr, f"{words}: {done.stderr}"
            continue
        assert done.returncode == 0, f"{words}: {done.stderr}"
        if "prints" in step:
            assert contains(json.loads(done.stdout), step["prints"]), f"{words}: {done.stdout}"
    assert files["back"].read_bytes() == files["large"].read_bytes()
