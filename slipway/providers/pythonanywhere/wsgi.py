"""The WSGI file of a web app: made from where its code is, so that the state holds no code and no secret in it.

It unpacks the dependencies that came packed, each pack once, and imports the application.
"""

import hashlib
import re

from slipway.providers.protocol import wire
from slipway.providers.protocol.handler import Calls, Handler, Props
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
{folders}{release}
from {module} import {name} as application  # noqa: E402, F401
'''


FOLDERS = """
for folder in {folders!r}:
    os.makedirs(os.path.join(DIRECTORY, folder), exist_ok=True)
"""
"""The folders that the app writes to: there before it starts, as in a container."""

RELEASE = '''

def released(command, key):
    """Run the release command before this version serves, once, also where several processes start it."""
    import fcntl
    import shutil
    import subprocess

    folder = os.path.join(DIRECTORY, {records!r})
    os.makedirs(os.path.join(folder, "bin"), exist_ok=True)
    record = os.path.join(folder, key)
    with open(os.path.join(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(record) and open(record).readline().strip() == "0":
            return
        version = "python%d.%d" % sys.version_info[:2]
        inside = os.path.join(sys.prefix, "bin", version)
        python = inside if os.path.exists(inside) else shutil.which(version) or sys.executable
        for name in ("python", "python3"):
            link = os.path.join(folder, "bin", name)
            if os.path.lexists(link):
                os.remove(link)
            os.symlink(python, link)
        environment = {{
            **os.environ,
            "PATH": os.pathsep.join([os.path.join(folder, "bin"), os.path.dirname(python), os.environ.get("PATH", "")]),
            "PYTHONPATH": os.pathsep.join(sys.path[: 2 if PACK else 1]),
        }}
        words = ["/bin/bash", "-c", command]
        try:
            done = subprocess.run(
                words,
                cwd=DIRECTORY,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout={seconds},
            )
            status, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            status, output = "too late", late.stdout or b""
        with open(record, "wb") as file:
            file.write(("%s\\n" % status).encode() + output[-4000:])
        sys.stderr.write(output.decode("utf-8", "replace"))
        if status != 0:
            raise RuntimeError("the release command %r ended with status %s" % (command, status))


os.chdir(DIRECTORY)
released({command!r}, {key!r})
'''
RECORDS = ".release"
"""The folder in which each version's release command leaves how it ended."""
SECONDS = 240
"""For a release command: PythonAnywhere ends a worker that takes 300 s.
https://help.pythonanywhere.com/pages/504BadGatewayError/."""


def record_of(directory: str, key: str) -> str:
    """Where a release command leaves how it ended: its status, and below that the end of its output."""
    return f"{directory}/{RECORDS}/{key}"


def check(new: Props) -> dict[str, str]:
    """An entry that can be imported."""
    entry = new.get("entry")
    if isinstance(entry, str) and not ENTRY.fullmatch(entry):
        return {"entry": f"must be module.application, as flask_app.app, got {entry!r}"}
    return {}


def defaults(new: Props) -> Props:
    """With the path, and the digest of the file, by which a change is seen."""
    full = {"pack": "", "environment": {}, **new}
    for optional in ("release", "folders"):
        if not full.get(optional):
            full.pop(optional, None)
    if "path" not in full and isinstance(full.get("domainName"), str):
        full["path"] = wsgi_file(full["domainName"])
    unknown = wire.is_unknown(
        {key: full.get(key) for key in ("directory", "entry", "pack", "environment", "release", "folders")}
    )
    if unknown or not ENTRY.fullmatch(str(full.get("entry"))):
        return {**full, "digest": wire.UNKNOWN} if unknown else full
    return {**full, "digest": hashlib.sha256(text(full).encode()).hexdigest()}


def text(new: Props) -> str:
    """The file."""
    matched = ENTRY.fullmatch(new["entry"])
    assert matched is not None
    release, folders = new.get("release") or {}, new.get("folders") or []
    return TEMPLATE.format(
        folders=FOLDERS.format(folders=sorted(folders)) if folders else "",
        release=RELEASE.format(records=RECORDS, seconds=SECONDS, command=release["command"], key=release["key"])
        if release
        else "",
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
        calls=Calls(create=create, read=read, update=update, delete=delete),
        replace_on=frozenset({"domainName", "path"}),
        # It follows from the environment too, and the environment may be secret.
        secret=frozenset({"digest"}),
    )
}
