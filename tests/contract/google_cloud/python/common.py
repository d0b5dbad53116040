"""How a client comes to the sandbox: the first argument is the server's address."""

import json
import sys
from typing import Any
from urllib.request import Request, urlopen

from google.oauth2.credentials import Credentials

ADDRESS = sys.argv[1]
PROJECT = "projects/demo-project"
PLACE = f"{PROJECT}/locations/europe-west1"


def client(kind: Any, api: str) -> Any:
    """A client of this kind, over REST."""
    endpoint = {"api_endpoint": f"{ADDRESS}/{api}"}
    return kind(transport="rest", credentials=Credentials("any"), client_options=endpoint)


def post(path: str, body: object = None, *, method: str = "POST") -> None:
    """A request that no client of these makes."""
    content = json.dumps(body or {}).encode()
    urlopen(Request(f"{ADDRESS}/{path}", content, {"Content-Type": "application/json"}, method=method)).close()


def same(answer: object, expected: object) -> None:
    """Raises AssertionError where they differ."""
    if answer != expected:
        raise AssertionError(f"{expected!r} expected, got {answer!r}")


def project(*apis: str) -> None:
    """A project that is paid for and has these APIs."""
    post("cloudresourcemanager/v1/projects", {"projectId": "demo-project", "name": "Demo"})
    account = {"billingAccountName": "billingAccounts/00ABCD-012345-6789EF"}
    post(f"cloudbilling/v1/{PROJECT}/billingInfo", account, method="PUT")
    for api in apis:
        post(f"serviceusage/v1/{PROJECT}/services/{api}.googleapis.com:enable")
