"""Static mappings: a web app's URLs that PythonAnywhere serves from a folder, without its code."""

from typing import Any

from slipway.providers.protocol.handler import Calls, CloudError, Handler, Props, creation
from slipway.providers.pythonanywhere.account import Account


def check(new: Props) -> dict[str, str]:
    """A URL and a folder, both from the root."""
    wrong = {}
    for key in ("url", "path"):
        if isinstance(inputs := new.get(key), str) and not inputs.startswith("/"):
            wrong[key] = f"must begin with a slash, got {inputs!r}"
    return wrong


def create(account: Account, new: Props) -> tuple[str, Props]:
    """Make it; the same one that is there is taken over where this creation was cut off before."""
    place = f"webapps/{new['domainName']}/static_files/"
    there: list[dict[str, Any]] = account.find(place) or []
    same = [mapping for mapping in there if (mapping["url"], mapping["path"]) == (new["url"], new["path"])]
    outputs = (
        same[0]
        if same and creation.get().resumes
        else account.send("POST", place, {"url": new["url"], "path": new["path"]})
    )
    return f"{new['domainName']}/{outputs['id']}", {}


def read(account: Account, id: str) -> Props | None:
    """The mapping as it is."""
    domain, number = _parts(id)
    mapping = account.find(f"webapps/{domain}/static_files/{number}/")
    return None if mapping is None else {"domainName": domain, "url": mapping["url"], "path": mapping["path"]}


def update(account: Account, id: str, _old: Props, new: Props) -> Props:
    """Lead the URL elsewhere."""
    domain, number = _parts(id)
    account.send("PATCH", f"webapps/{domain}/static_files/{number}/", {"url": new["url"], "path": new["path"]})
    return {}


def delete(account: Account, id: str, _old: Props) -> None:
    """Take it away."""
    domain, number = _parts(id)
    account.remove(f"webapps/{domain}/static_files/{number}/")


def _parts(id: str) -> tuple[str, str]:
    domain, slash, number = id.rpartition("/")
    if not slash or not number.isdigit():
        raise CloudError(f"a static mapping's id is DOMAIN/NUMBER, got {id!r}")
    return domain, number


HANDLERS = {
    "pythonanywhere:index:StaticMapping": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        replace_on=frozenset({"domainName"}),
    )
}
