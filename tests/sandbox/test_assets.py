"""Assets and archives as handlers read them: of any shape, of the program's own folder, and only as the engine says."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from slipway.providers.protocol import wire
from slipway.sandbox.handler import Asset, Calls, Handler, Package, Props
from slipway.wire import assets, values
from slipway.wire.signatures import ARCHIVE, ASSET, FOLDER, SIGNATURE
from tests.sandbox.conftest import urn

TYPE = "fake:index/thing:Thing"


def text(content: str) -> Props:
    return {SIGNATURE: ASSET, "text": content}


def archive(**fields: Any) -> Props:
    return {SIGNATURE: ARCHIVE, **fields}


def sent(value: Props, folder: Path) -> Props:
    """A value as an engine sends it, with the hash of what is there."""
    hashes = assets.archive_hash if value[SIGNATURE] == ARCHIVE else assets.asset_bytes_hash
    return {**value, "hash": hashes(value, folder)}


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture
def address() -> Iterator[str]:
    """A server that answers every path with that path."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def create(serving: Any, tmp_path: Path) -> Any:
    """Creates a thing of one archive in a host that runs elsewhere, as an engine in ``folder`` asks; its zip."""

    def made(value: Props, folder: Path = tmp_path) -> bytes:
        seen: list[bytes] = []
        handler = Handler(
            calls=Calls(
                create=lambda _cloud, new: (seen.append(new["code"].zip()) or "id", {}),
                read=lambda _cloud, _id: None,
                delete=lambda _cloud, _id, _old: None,
            ),
        )
        caller = serving(Package("fake", "1", {TYPE: handler}, lambda _config, **_: None))
        caller.configure()
        request = provider_pb2.CreateRequest(urn=urn(TYPE), properties=values.to_struct({"code": value}))
        caller.call("Create", request, metadata=((FOLDER, str(folder).encode()),))
        return seen[0]

    return made


def test_a_relative_path_is_the_programs(create: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's process has a folder of the same name, with another app in it."""
    for place, content in (("program", "mine"), ("host", "of the host")):
        (tmp_path / place / "app").mkdir(parents=True)
        (tmp_path / place / "app" / "main.py").write_text(content)
    monkeypatch.chdir(tmp_path / "host")
    value = sent(archive(path="app"), tmp_path / "program")
    assert members(create(value, tmp_path / "program")) == {"main.py": b"mine"}
    with pytest.raises(Exception, match=r"app has the hash .* where it is read, the engine says .*os\.path\.abspath"):
        create(value, tmp_path / "host")


def test_an_archive_is_made_of_anything(create: Any, tmp_path: Path, address: str) -> None:
    """Texts, files, folders, zips, tars and addresses, below the names that the program gives, nested too."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("main")
    (tmp_path / "lib.zip").write_bytes(_zip("z.py"))
    (tmp_path / "lib.tar.gz").write_bytes(_tar("t.py"))
    value = archive(
        assets={
            ".": archive(path="app"),
            "text.txt": text("hello"),
            "file.txt": {SIGNATURE: ASSET, "path": "app/main.py"},
            "remote.txt": {SIGNATURE: ASSET, "uri": f"{address}/remote"},
            "local.txt": {SIGNATURE: ASSET, "uri": (tmp_path / "app" / "main.py").as_uri()},
            "zip": archive(path="lib.zip"),
            "deep": archive(assets={"er": archive(path="lib.tar.gz")}),
        }
    )
    assert members(create(sent(value, tmp_path))) == {
        "main.py": b"main",
        "text.txt": b"hello",
        "file.txt": b"main",
        "remote.txt": b"/remote",
        "local.txt": b"main",
        "zip/z.py": b"in the zip",
        "deep/er/t.py": b"in the tar",
    }


def test_a_tar_becomes_a_zip_and_a_zip_stays_as_it_is(create: Any, tmp_path: Path) -> None:
    """Clouds that take zips get them, of the same bytes for the same files."""
    (tmp_path / "lib.zip").write_bytes(_zip("z.py"))
    (tmp_path / "lib.tar.gz").write_bytes(_tar("t.py"))
    assert create(sent(archive(path="lib.zip"), tmp_path)) == _zip("z.py")
    assert members(create(sent(archive(path="lib.tar.gz"), tmp_path))) == {"t.py": b"in the tar"}


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        (archive(hash="1" * 64), r"the content of the asset 111111111111 is not known here: run `up` with its source"),
        (archive(path="nowhere", hash="1"), "cannot read the asset .*nowhere: No such file"),
        (archive(path="links", hash="1"), "a link that leads nowhere"),
        (archive(path="text.txt", hash="1"), r"text\.txt is not an archive: allowed are a folder and \.tar"),
        (archive(assets={"../x": text("a")}, hash="1"), "an archive's paths stay inside of it"),
        (archive(assets={"x": {SIGNATURE: ASSET, "uri": "ftp://a/b"}}, hash="1"), "http://, https:// or file://"),
    ],
)
def test_what_cannot_be_read_is_refused(create: Any, tmp_path: Path, value: Props, refusal: str) -> None:
    """Nothing is deployed, and the error names what and why."""
    (tmp_path / "text.txt").write_text("no archive")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "broken").symlink_to(tmp_path / "gone")
    with pytest.raises(Exception, match=refusal):
        create(value)


def test_a_file_that_changed_since_the_plan_is_refused(tmp_path: Path) -> None:
    """What the engine has compared is what is deployed."""
    path = tmp_path / "a.txt"
    path.write_text("planned")
    asset = Asset(sha256=hashlib.sha256(b"planned").hexdigest(), path=path)
    assert asset.read() == b"planned"
    path.write_text("changed since")
    with pytest.raises(Exception, match="has changed since"):
        asset.read()


def test_an_archive_goes_back_as_it_came(tmp_path: Path) -> None:
    """The parts of an archive survive the way through a handler that leaves it alone."""
    value = sent(archive(assets={"a": text("x"), "b": archive(assets={"c": text("")})}), tmp_path)
    struct = values.to_struct({"code": value})
    again = wire.to_struct(wire.plain_props(struct), secret=frozenset(), origin=values.to_struct({}))
    assert values.from_struct(again) == {"code": value}


def _zip(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(zipfile.ZipInfo(name), "in the zip")
    return packed.getvalue()


def _tar(name: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        entry = tarfile.TarInfo(name)
        entry.size = len(b"in the tar")
        made.addfile(entry, io.BytesIO(b"in the tar"))
    return packed.getvalue()
