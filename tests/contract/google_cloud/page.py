"""Writes docs/less-than-the-cloud.md: ``python -m tests.contract.google_cloud.page``."""

from pathlib import Path

from slipway.sandbox.cloudstorage.app import SERVED as STORAGE
from slipway.sandbox.google.apis import APIS
from slipway.sandbox.google.routing import Api, Route
from tests.contract.google_cloud import documents

PAGE = Path(__file__).parents[3] / "docs" / "less-than-the-cloud.md"
HEAD = """# Less than the cloud

The sandbox's Google Cloud answers to Google's own clients, over Google's REST. This page says what of each API is
there, counted against the discovery documents that Google publishes. It is written by
`python -m tests.contract.google_cloud.page` and by nothing else.

A method that is not served answers with status 501 and Google's form of an error, `UNIMPLEMENTED`. What of a method
that is served does less than in the cloud is shown by `slipway sandbox status`.
"""


def version_of(api: Api, route: Route) -> str:
    """The version of the document that a row is in: the segment of its path that says so."""
    return next(part for part in route.template.split("/") if part[0] == "v" and part[1:2].isdigit())


def page() -> str:
    """The whole page."""
    served: dict[tuple[str, str], set[str]] = {("storage", "v1"): set(STORAGE)}
    for api in APIS.values():
        for route in api.routes:
            served.setdefault((api.name, version_of(api, route)), set()).add(route.id)
    rows, details = [], []
    for (name, version), ids in sorted(served.items()):
        document = documents.document(name, version)
        every = {method["id"] for method in documents.methods(document)}
        rows.append(f"| {document['title']} | {version} | {len(ids)} | {len(every - ids)} |")
        short = [id.removeprefix(f"{name}.") for id in sorted(ids)]
        details += [f"\n## {document['title']}, {version}\n", *(f"- `{id}`" for id in short)]
    table = ["| API | version | methods served | lacking |", "| --- | --- | --- | --- |", *rows]
    return "\n".join([HEAD, *table, *details]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
