"""curl, which holds a server to HTTP's letter, asks the gateway before Google's APIs: a row a case."""

import json
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from tests.google_service import TOKEN, Served

PROJECTS = "/cloudresourcemanager/v1/projects"
PROXY = ("--proxy", "<gateway>", "--noproxy", "")
KEY = ("--header", f"Authorization: Bearer {TOKEN}")
POST = (*KEY, "--header", "Content-Type: application/json", "--request", "POST")
BODY = '{"projectId": "demo-project"}'
CASES = {
    "a list": ((*KEY, f"<gateway>{PROJECTS}"), "", 0, "{}"),
    "HTTP/1.0": ((*KEY, "--http1.0", f"<gateway>{PROJECTS}"), "", 0, "{}"),
    "no token": ((f"<gateway>{PROJECTS}",), "", 22, "UNAUTHENTICATED"),
    "a body of a stated length": ((*POST, "--data-binary", "@-", f"<gateway>{PROJECTS}"), BODY, 0, "operations/"),
    "a body in chunks": (
        (*POST, "--header", "Transfer-Encoding: chunked", "--data-binary", "@-", f"<gateway>{PROJECTS}"),
        BODY,
        0,
        "operations/",
    ),
    "a body that waits to be asked for": (
        (*POST, "--header", "Expect: 100-continue", "--data-binary", "@-", f"<gateway>{PROJECTS}"),
        BODY,
        0,
        "operations/",
    ),
    "one connection for both": (
        (*KEY, "--write-out", "%{num_connects}", f"<gateway>{PROJECTS}", f"<gateway>{PROJECTS}?pageSize=2"),
        "",
        0,
        "{}1{}0",
    ),
    "the gateway as its own proxy": (
        (*KEY, *PROXY, f"http://europe-west1-run.localhost:<port>{PROJECTS}"),
        "",
        0,
        "{}",
    ),
    "a tunnel to itself": ((*KEY, *PROXY, "--proxytunnel", f"http://127.0.0.1:<port>{PROJECTS}"), "", 0, "{}"),
    "the gateway as a proxy to elsewhere": ((*PROXY, "http://example.com/"), "", 22, "must be a path"),
    "a tunnel to elsewhere": ((*PROXY, "https://example.com/"), "", 56, ""),
}
"""By name: curl's arguments, its input, its exit status, and what its output has."""
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.mark.parametrize("name", CASES)
def test_curl(name: str, google: Served) -> None:
    """It ends with the case's status, and prints the case's words."""
    words, content, status, expected = CASES[name]
    port = str(urlsplit(google.gateway).port)
    filled = [word.replace("<gateway>", google.gateway).replace("<port>", port) for word in words]
    command = ["curl", "--silent", "--fail-with-body", "--max-time", "60", *filled]
    done = subprocess.run(command, input=content, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert expected in done.stdout
    if content:
        assert json.loads(done.stdout)["name"].startswith("operations/")
