"""Lists in pages: a token names the last item of the page before."""

import base64
import json
from typing import Any

from slipway.sandbox.cloudstorage.errors import StorageError


def token(*last: object) -> str:
    """A token for what comes after an item."""
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode()


def last(token: str) -> list[Any]:
    """What a token names; [] without one. Raises :class:`StorageError` for one that was not given out."""
    if not token:
        return []
    try:
        values = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        values = None
    if not isinstance(values, list) or not values:
        place = {"locationType": "parameter", "location": "pageToken"}
        raise StorageError(400, "invalidParameter", "Invalid page token.", place=place)
    return values


def cut(names: list[str], after: str, most: int) -> tuple[list[str], dict[str, str]]:
    """A page of sorted names, and the token of the next one where there is more."""
    values = last(after)
    rest = [name for name in names if not values or name > values[0]]
    page = rest[:most]
    return page, {"nextPageToken": token(page[-1])} if len(rest) > most else {}
