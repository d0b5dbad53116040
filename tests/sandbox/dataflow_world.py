"""A world in which pipelines run: a paid project with a network, a bucket, a template and an account for it."""

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from google.api_core.client_options import ClientOptions
from google.cloud.storage import Client
from google.oauth2.credentials import Credentials

from slipway.sandbox.dataflow import jobs
from slipway.sandbox.gcp.cloud import connect
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.server import Asked, answered
from slipway.sandbox.stores.google import Record, Store, store_path

JOB = "gcp:dataflow/flexTemplateJob:FlexTemplateJob"
PROJECT, BUCKET = "pipes-1234", "pipes-bucket"
EMAIL = f"worker@{PROJECT}.iam.gserviceaccount.com"
PATIENCE = 90.0
"""Seconds that a job may take here: Beam alone takes some to import, more where the machine is busy."""


def client(environment: dict[str, str]) -> Client:
    """Google's own client of Cloud Storage, at the sandbox's address and with its token."""
    return Client(
        project="sandbox",
        credentials=Credentials(environment.get("GOOGLE_OAUTH_ACCESS_TOKEN") or "none"),
        client_options=ClientOptions(api_endpoint=environment["STORAGE_EMULATOR_HOST"]),
    )


def package(main: str, **more: str) -> bytes:
    """A package of one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in {"main.py": main, **more}.items():
            packed.writestr(name, content)
    return buffer.getvalue()


class World:
    """A paid project with a network, a bucket, a template and an account that may run it."""

    def __init__(self, state_folder: Path, environment: dict[str, str], caller: Any) -> None:
        self.state_folder, self.call = state_folder, caller
        self.google, self.storage = connect(environment=environment), client(environment)
        caller.configure(project=PROJECT)
        made, member = caller.made, f"serviceAccount:{EMAIL}"
        made("gcp:organizations/project:Project", {"projectId": PROJECT, "deletionPolicy": "DELETE"})
        made("gcp:billing/projectInfo:ProjectInfo", {"billingAccount": "00ABCD-012345-6789EF"})
        for api in ("storage", "iam", "compute", "dataflow"):
            made("gcp:projects/service:Service", {"service": f"{api}.googleapis.com"})
        for bucket in (BUCKET, "others-bucket"):
            made("gcp:storage/bucket:Bucket", {"name": bucket, "location": "EU"})
        made("gcp:serviceaccount/account:Account", {"accountId": "worker"})
        made("gcp:projects/iAMMember:IAMMember", {"role": "roles/dataflow.worker", "member": member})
        grant = {"bucket": BUCKET, "role": "roles/storage.objectAdmin", "member": member}
        made("gcp:storage/bucketIAMMember:BucketIAMMember", grant)

    def put(self, name: str, content: bytes | str) -> None:
        self.storage.bucket(BUCKET).blob(name).upload_from_string(content)

    def api(self, below: str = "", query: str = "", status: int = 200) -> dict[str, Any]:
        """What Dataflow's API answers below the project's jobs."""
        path = f"dataflow/v1b3/projects/{PROJECT}/locations/europe-west1/jobs{below}"
        cloud = Cloud(state_folder=self.state_folder)
        answer, body = answered(cloud, Asked(verb="GET", path=path, query=dict(parse_qsl(query))))
        assert answer == status
        return body

    def text(self, prefix: str) -> str:
        """What lies below a prefix of the bucket, one object after the other."""
        return "".join(blob.download_as_text() for blob in self.storage.list_blobs(BUCKET, prefix=prefix))

    def run(self, main: bytes, **more: Any) -> tuple[str, dict[str, Any]]:
        """Create a job of a package, from a template with its parameters; its id and properties."""
        self.put("packages/a.whl", main)
        rows = [{"name": name, "isOptional": True} for name in more.get("parameters", {})]
        template = {"image": f"gs://{BUCKET}/packages/a.whl", "metadata": {"parameters": rows}}
        self.put("templates/a.json", json.dumps(template))
        return self.call.made(JOB, self.inputs(**more))

    def inputs(self, **more: Any) -> dict[str, Any]:
        """Those of a job from the template that :meth:`run` writes."""
        return {
            "name": "count-1",
            "region": "europe-west1",
            "containerSpecGcsPath": f"gs://{BUCKET}/templates/a.json",
            "serviceAccountEmail": EMAIL,
            "tempLocation": f"gs://{BUCKET}/temp",
            "network": "default",
            **more,
        }

    def status(self, id: str) -> jobs.Status:
        return jobs.status(self.state_folder, self.record(id))

    def record(self, id: str) -> Record:
        """What the store has of a job."""
        record = Store(store_path(self.state_folder)).get(jobs.KIND, id)
        assert record is not None
        return record

    def over(self, id: str) -> jobs.Status:
        """How a job is at its end."""
        deadline = time.monotonic() + PATIENCE
        while not (now := self.status(id)).over:
            assert time.monotonic() < deadline, (
                f"the job still runs: {jobs.log_path(self.state_folder, id).read_text()}"
            )
            time.sleep(0.1)
        return now

    def log(self, id: str, word: str) -> str:
        """The line of a job's log with a word, once it is there."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            path = jobs.log_path(self.state_folder, id)
            for line in path.read_text().splitlines() if path.exists() else ():
                if word in line:
                    return line
            time.sleep(0.1)
        raise AssertionError(f"the log never said {word!r}")
