"""Writes docs/less-than-the-cloud.md: ``python -m tests.contract.google_cloud.page``."""

import json
from collections.abc import Iterator
from pathlib import Path

from slipway.sandbox.cloudstorage.app import SERVED as STORAGE
from slipway.sandbox.gcp.limits import LIMITS
from slipway.sandbox.google.apis import APIS
from tests.contract.google_cloud import documents

PAGE = Path(__file__).parents[3] / "docs" / "less-than-the-cloud.md"
AWS = Path(__file__).parents[1] / "amazon" / "commands"
HEAD = """# Less than the cloud

What the sandbox's clouds do not do, as clients show it that other people wrote. The page is written by
`python -m tests.contract.google_cloud.page` and by nothing else.

## Amazon Web Services

Each row is a command of `aws` that the contract suite runs on the sandbox, where it ends otherwise than on AWS; all
other commands of the suite (S3, Lambda, ECR, IAM, CloudWatch, Elastic Beanstalk) end as on AWS.

AWS_ROWS

## Google Cloud

The sandbox's Google Cloud answers to Google's own clients, over Google's REST. Counted here is what of each API is
there, against the discovery documents that Google publishes.

`gcloud run` asks an address that begins with the region (`europe-west1-run.localhost`), a name that no resolver has to
know: `slipway sandbox env` makes the sandbox gcloud's proxy too, for its own addresses alone. A revision that does not
start is refused at once, and no service is left that is not ready, as Google leaves one.

A method that is not served answers with status 501 and Google's form of an error, `UNIMPLEMENTED`. What of a method
that is served does less than in the cloud is shown by `slipway sandbox status`; of Dataflow's jobs it is this:

DATAFLOW_ROWS

"""


def aws_rows() -> Iterator[str]:
    """What of each service of AWS falls short."""
    yield "| service | command | the sandbox |"
    yield "| --- | --- | --- |"
    for script in sorted(AWS.glob("*.json")):
        for step in json.loads(script.read_text(encoding="utf-8"))["steps"]:
            if "short" in step:
                service, action, *_ = step["aws"].split()
                yield f"| {service} | `{action}` | {step['short']} |"


def dataflow_rows() -> Iterator[str]:
    """What a job on Dataflow does less, as `slipway sandbox status` shows it."""
    yield "| subject | the sandbox |"
    yield "| --- | --- |"
    for subject, less in LIMITS:
        if subject.partition(":")[0] == "Dataflow":
            yield f"| {subject} | {less} |"


def page() -> str:
    """The whole page."""
    served: dict[tuple[str, str], set[str]] = {("storage", "v1"): set(STORAGE)}
    for api in APIS.values():
        for route in api.routes:
            served.setdefault((api.name, documents.version_of(route)), set()).add(route.id)
    rows, details = [], []
    for (name, version), ids in sorted(served.items()):
        document = documents.document(name, version)
        every = {method["id"] for method in documents.methods(document)}
        rows.append(f"| {document['title']} | {version} | {len(ids)} | {len(every - ids)} |")
        short = [id.removeprefix(f"{name}.") for id in sorted(ids)]
        details += [f"\n### {document['title']}, {version}\n", *(f"- `{id}`" for id in short)]
    clients = ["| client | methods that it calls in the contract suite | served |", "| --- | --- | --- |"]
    every_row = {id for ids in served.values() for id in ids}
    for client, needed in documents.NEEDED.items():
        clients.append(f"| {client} | {len(needed)} | {len(every_row & set(needed))} |")
    table = [*clients, "", "| API | version | methods served | lacking |", "| --- | --- | --- | --- |", *rows]
    head = HEAD.replace("AWS_ROWS", "\n".join(aws_rows())).replace("DATAFLOW_ROWS", "\n".join(dataflow_rows())).strip()
    return "\n".join([head, "", *table, *details]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
