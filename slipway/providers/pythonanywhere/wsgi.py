"""The WSGI file of a web app: made from where its code is, so that the state holds no code and no secret in it.

It unpacks the dependencies that came packed, each pack once, and imports the application.
"""

import hashlib
import re

from slipway.providers.protocol import wire
from slipway.providers.protocol.handler import Handler, Props
from slipway.providers.pythonanywhere.account import Account
from slipway.providers.pythonanywhere.webapps import wsgi_file

ENTRY = re.compile(r"([A-Za-z_][\w.]*)\.([A-Za-z_]\w*)")

TEMPLATE = '''"""Made by Slipway, which writes it anew at each deployment: how PythonAnywhere starts {entry}."""

import os
import sys
import tempfile
import zipfile

ROOT = os.environ.get("PYTHONANYWHERE_ROOT", "/")  # another than / only in a stand-in of PythonAnywhere
DIRECTORY = os.path.join(ROOT, {directory!r})
PACK = {pack!r}


def unpacked(pack):
    """The folder of the dependencies, unpacked once: whole or not at all, also where several processes unpack it."""
    target = pack[: -len(".zip")]
    if not os.path.isdir(target):
        draft = tempfile.mkdtemp(dir=os.path.dirname(pack))
        with zipfile.ZipFile(pack) as archive:
            archive.extractall(draft)
        try:
            os.rename(draft, target)
        except OSError:  # another process was faster
            import shutil

            shutil.rmtree(draft, ignore_errors=True)
    return target


if PACK:
    sys.path.insert(0, unpacked(os.path.join(DIRECTORY, PACK)))
sys.path.insert(0, DIRECTORY)
os.environ.update({environment!r})

from {module} import {name} as application  # noqa: E402, F401
'''


def check(new: Props) -> dict[str, str]:
    """An entry that can be imported."""
    entry = new.get("entry")
    if isinstance(entry, str) and not ENTRY.fullmatch(entry):
        return {"entry": f"must be module.application, as flask_app.app, got {entry!r}"}
    return {}


def defaults(new: Props) -> Props:
    """With the path, and the digest of the file, by which a change is seen."""
    full = {"pack": "", "environment": {}, **new}
    if "path" not in full and isinstance(full.get("domainName"), str):
        full["path"] = wsgi_file(full["domainName"])
    unknown = wire.is_unknown({key: full.get(key) for key in ("directory", "entry", "pack", "environment")})
    if unknown or not ENTRY.fullmatch(str(full.get("entry"))):
        return {**full, "digest": wire.UNKNOWN} if unknown else full
    return {**full, "digest": hashlib.sha256(text(full).encode()).hexdigest()}


def text(new: Props) -> str:
    """The file."""
    matched = ENTRY.fullmatch(new["entry"])
    assert matched is not None
    return TEMPLATE.format(
        entry=new["entry"],
        directory=new["directory"].lstrip("/"),
        pack=new["pack"],
        environment=dict(sorted(new["environment"].items())),
        module=matched[1],
        name=matched[2],
    )


def create(account: Account, new: Props) -> tuple[str, Props]:
    """Write it in the place of the one that PythonAnywhere makes for a new web app."""
    account.write_file(new["path"], text(new).encode())
    return new["path"], {}


def read(account: Account, id: str) -> Props | None:
    """Its digest: what is in it is ours alone."""
    content = account.read_file(id)
    return None if content is None else {"path": id, "digest": hashlib.sha256(content).hexdigest()}


def update(account: Account, id: str, _old: Props, new: Props) -> Props:
    """Write it anew."""
    account.write_file(id, text(new).encode())
    return {}


def delete(account: Account, id: str, _old: Props) -> None:
    """Take it away."""
    account.remove_file(id)


HANDLERS = {
    "pythonanywhere:index:WsgiFile": Handler(
        check=check,
        defaults=defaults,
        create=create,
        read=read,
        update=update,
        delete=delete,
        replace_on=frozenset({"domainName", "path"}),
        # It follows from the environment too, and the environment may be secret.
        secret=frozenset({"digest"}),
    )
}
