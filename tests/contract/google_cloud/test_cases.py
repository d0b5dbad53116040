"""Google's own client of each API is answered as Google answers: a file a case under ``cases``.

A case is a list of steps. ``call`` is ``API VERSION METHOD`` (``run v2 projects.locations.services.get``), ``with`` the
parameters, ``body`` the body; ``answer`` has to be part of the answer, ``refused`` part of the error. ``keep`` names
values of the answer for later steps, which say ``<name>``. Every request and every answer is held against Google's
discovery document.
"""

import json
import re
from pathlib import Path
from typing import Any

import httplib2
import pytest
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from slipway.sandbox.databases import programs
from tests.contract.google_cloud import documents
from tests.google_service import Served

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path, google: Served) -> None:
    """Every step is answered as its file says."""
    if case.stem == "sql" and programs.folder() is None:
        pytest.skip("needs PostgreSQL")
    kept: dict[str, str] = {}
    for number, step in enumerate(json.loads(case.read_text(encoding="utf-8"))["steps"]):
        step = filled(step, kept)
        try:
            answer = asked(google.address, step)
        except HttpError as refusal:
            error = json.loads(refusal.content)["error"]
            assert "refused" in step, f"step {number}, {step['call']}: {error}"
            assert not list(differences(step["refused"], error)), f"step {number}: {error}"
        else:
            assert "refused" not in step, f"step {number} worked: {step}"
            found = list(differences(step.get("answer", {}), answer))
            assert not found, f"step {number}, {step['call']}: {found}"
            kept |= {name: str(at(answer, path)) for name, path in step.get("keep", {}).items()}


def asked(address: str, step: dict[str, Any]) -> Any:
    """Make the call with google-api-python-client; hold the request and the answer against the document."""
    api, version, path = step["call"].split()
    document = documents.document(api, version)
    endpoint = f"{address}/{api}/{document['servicePath']}"
    client = build_from_document(document, http=httplib2.Http(), client_options={"api_endpoint": endpoint})
    *resources, method = path.split(".")
    for resource in resources:
        client = getattr(client, resource)()
    body = {"body": step["body"]} if "body" in step else {}
    request = getattr(client, method)(**step.get("with", {}), **body)
    described = documents.method(api, version, request.methodId)
    assert described is not None
    if "body" in step:
        assert not list(documents.wrong(api, version, described["request"], step["body"]))
    answer = request.execute()
    assert not list(documents.wrong(api, version, described["response"], answer)), answer
    return answer


def filled(value: Any, kept: dict[str, str]) -> Any:
    """A step with ``<name>`` replaced by what an earlier one kept."""
    if isinstance(value, dict):
        return {filled(key, kept): filled(item, kept) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, kept) for item in value]
    return re.sub(r"<(\w+)>", lambda m: kept[m[1]], value) if isinstance(value, str) else value


def differences(expected: Any, answer: Any, where: str = "") -> Any:
    """What of ``expected`` the answer lacks; None stands for a key that must not be there."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        for key, item in expected.items():
            if item is None and key in answer:
                yield f"{where}.{key}: there is {answer[key]!r}"
            elif item is not None:
                yield from differences(item, answer.get(key), f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        for index, item in enumerate(expected):
            yield from differences(item, answer[index], f"{where}[{index}]")
    elif expected != answer:
        yield f"{where}: {expected!r} expected, got {answer!r}"


def at(answer: Any, path: str) -> Any:
    """The value at ``a.b.0``."""
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return answer
