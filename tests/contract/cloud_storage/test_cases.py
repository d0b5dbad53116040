"""Cloud Storage over HTTP: a file a case under ``cases``, every request and answer held against Google's document.

A case is a list of steps. ``do`` is verb and target, ``body`` JSON or a text, ``status`` what has to answer, ``answer``
a part of the body that has to be there, ``headers`` likewise, ``id`` the method in the discovery document. ``keep``
names values of the answer, which later steps use in braces. ``topics`` of a case are topics of Pub/Sub that are there,
to which Cloud Storage's own account may publish.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from slipway.sandbox.cloudstorage.app import METHODS, ROOT, SERVED
from slipway.sandbox.cloudstorage.notifications import agent
from slipway.sandbox.google.pubsub import TOPIC
from slipway.sandbox.stores.google import Record, Store, store_path
from tests.contract.google_cloud import documents
from tests.contract.google_cloud.test_gcloud import contains
from tests.sandbox.storage_service import paid_project, serving_storage

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path, tmp_path: Path) -> None:
    """Every step is answered as its file says."""
    paid_project(tmp_path)
    story = json.loads(case.read_text(encoding="utf-8"))
    kept: dict[str, str] = {}
    with_topics(tmp_path, story.get("topics", ()))
    with serving_storage(tmp_path) as address, httpx.Client(base_url=address, trust_env=False) as client:
        for step in story["steps"]:
            verb, target = filled(step["do"], kept).split(" ", 1)
            headers = {name: filled(value, kept) for name, value in step.get("sends", {}).items()}
            answer = client.request(verb, target, headers=headers, **content(step.get("body"), kept))
            assert answer.status_code == step["status"], f"{step['do']}: {answer.text}"
            for name, value in step.get("headers", {}).items():
                assert answer.headers[name] == filled(value, kept), step["do"]
            if isinstance(step.get("answer"), str):
                assert answer.text == step["answer"], step["do"]
            elif "answer" in step:
                expected = json.loads(filled(json.dumps(step["answer"]), kept))
                assert contains(answer.json(), expected), f"{step['do']}: {answer.text}"
            if "id" in step:
                held_against(step["id"], step.get("body"), answer)
            for name, key in step.get("keep", {}).items():
                kept[name] = answer.headers[key] if key in answer.headers else answer.json()[key]


def with_topics(state_folder: Path, topics: Sequence[str]) -> None:
    """Have these topics be there."""
    with Store(store_path(state_folder)).transaction() as now:
        for topic in topics:
            now.put(TOPIC, Record(topic, topic.split("/")[1], {"name": topic}))
            now.grant(topic, "roles/pubsub.publisher", agent("123456789012"), {})


def filled(text: str, kept: dict[str, str]) -> str:
    """A text with what was kept in place of the braces."""
    for name, value in kept.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def content(body: Any, kept: dict[str, str]) -> dict[str, Any]:
    """The body of a request."""
    if body is None:
        return {}
    if isinstance(body, str):
        return {"content": filled(body, kept).encode()}
    return {"json": json.loads(filled(json.dumps(body), kept))}


def held_against(id: str, body: Any, answer: httpx.Response) -> None:
    """Request and answer have the forms of the method's schemas."""
    method = documents.method("storage", "v1", id)
    assert method is not None, id
    if isinstance(body, dict):
        assert list(documents.wrong("storage", "v1", method["request"], without_nulls(body))) == []
    if answer.status_code == 200:
        assert list(documents.wrong("storage", "v1", method["response"], answer.json())) == []


def without_nulls(value: Any) -> Any:
    """A patch without what it takes away."""
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(item) for key, item in value.items() if item is not None}


def test_rows_are_googles_methods() -> None:
    """The id is in the discovery document, with the same verb and the same path."""
    for row in METHODS:
        method = documents.method("storage", "v1", row.id)
        assert method is not None, row.id
        assert (method["httpMethod"], f"{ROOT}{method['path']}") == (row.verb, f"{ROOT}{row.template}"), row.id


def test_every_method_that_is_served_has_a_case() -> None:
    """A method without one would be held against nothing."""
    steps = [step for case in CASES for step in json.loads(case.read_text(encoding="utf-8"))["steps"]]
    assert set(SERVED) - {step.get("id") for step in steps if step["status"] < 300} == set()
