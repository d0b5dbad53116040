"""Who a job is to Cloud Storage: each request is asked whether the job's service account may make it.

The sandbox's Cloud Storage takes its owner's token, which may do everything. Google's clients ask their credentials
before every request, and these answer as Cloud Storage would.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import unquote, urlsplit

import google.auth
from google.api_core.exceptions import Forbidden
from google.auth.credentials import AnonymousCredentials

PATH = re.compile(
    r"/(?:(?P<kind>upload|download)/)?storage/v1/b/(?P<bucket>[^/]+)"
    r"(?:/o(?:/(?P<object>[^/]+)(?:/(?:copyTo|rewriteTo)/b/(?P<to>[^/]+)/o/[^/]+|/(?P<composed>compose)"
    r"|/moveTo/o/(?P<moved>[^/]+))?)?)?/?"
)
"""https://cloud.google.com/storage/docs/json_api/v1"""
TOKEN = "SLIPWAY_STORAGE_TOKEN"  # noqa: S105 - a variable's name
"""What the sandbox asks of every call; it is the owner's, and says nothing of who the job is."""
BY_METHOD = {"GET": "get", "HEAD": "get", "DELETE": "delete", "PATCH": "update", "PUT": "update", "POST": "create"}


class Account(AnonymousCredentials):
    """The service account ``email``, with what it may do in each bucket: ``storage.objects.get`` and the like."""

    def __init__(self, email: str, permissions: Mapping[str, Collection[str]]) -> None:
        super().__init__()
        self._email, self._permissions = email, permissions

    def before_request(self, request: object, method: str, url: str, headers: dict[str, str]) -> None:
        """Raises :class:`Forbidden` in Cloud Storage's words."""
        headers["authorization"] = f"Bearer {os.environ.get(TOKEN, '')}"
        for bucket, permission, name in needed(method, url):
            if permission not in self._permissions.get(bucket, ()):
                what = f"object. Permission '{permission}' denied on resource (or it may not exist): {bucket}/{name}"
                raise Forbidden(f"{self._email} does not have {permission} access to the Google Cloud Storage {what}")


def needed(method: str, url: str) -> Iterator[tuple[str, str, str]]:
    """What a request needs: bucket, permission, object."""
    match = PATH.fullmatch(urlsplit(url).path)
    if match is None:
        return
    bucket, name = unquote(match["bucket"]), unquote(match["object"] or "")
    if match["to"]:
        yield bucket, "storage.objects.get", name
        yield unquote(match["to"]), "storage.objects.create", name
    elif match["moved"]:
        yield bucket, "storage.objects.delete", name
        yield bucket, "storage.objects.create", unquote(match["moved"])
    elif match["kind"] == "upload" or match["composed"]:
        yield bucket, "storage.objects.create", name
    elif name:
        yield bucket, f"storage.objects.{BY_METHOD[method]}", name
    elif urlsplit(url).path.rstrip("/").endswith("/o"):
        yield bucket, "storage.objects.list", ""
    else:
        yield bucket, f"storage.buckets.{BY_METHOD[method]}", ""


def become(email: str, project: str, permissions: Mapping[str, Collection[str]]) -> None:
    """Make the job's credentials those of this machine, as on a worker."""
    account = Account(email, permissions)
    google.auth.default = lambda *_given, **_named: (account, project)
