"""Checkpoints, the journal beside them, secrets, locks and settings."""

import base64
import hashlib
import json
import os
import socket
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from slipway.engine.checkpoint import keys, state
from slipway.engine.checkpoint.backend import Backend, backend_root, stack_name
from slipway.engine.checkpoint.journal import merged
from slipway.engine.checkpoint.secrets import Secrets, derive_ahead
from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError, PassphraseError, StackNotFoundError, StateError, UsageError
from slipway.engine.project.project import Project, StackSettings, find_project
from slipway.engine.show.redact import Redactor
from slipway.wire import values

ROOT = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "word")


@pytest.fixture(scope="module")
def secrets():
    before = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    os.environ["PULUMI_CONFIG_PASSPHRASE"] = "word"
    made = Secrets.create()
    os.environ.pop("PULUMI_CONFIG_PASSPHRASE")
    if before is not None:
        os.environ["PULUMI_CONFIG_PASSPHRASE"] = before
    return made


def thing(name, **fields):
    return Resource(urn=f"urn:pulumi:dev::shop::a:b:Thing::{name}", type="a:b:Thing", **fields)


def test_secrets_are_pulumis(secrets):
    """PBKDF2 with a million rounds and AES-256-GCM; another implementation opens what was sealed."""
    _, nonce, text = secrets.seal_text("plain").split(":")
    salt = base64.b64decode(secrets.salt.split(":")[1])
    key = hashlib.pbkdf2_hmac("sha256", b"word", salt, 1_000_000, 32)
    assert AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(text), None) == b"plain"
    assert Secrets(secrets.salt).open_text(secrets.seal_text("again")) == "again"


def test_a_wrong_passphrase_is_refused(secrets, monkeypatch):
    """And so is none at all."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    with pytest.raises(PassphraseError, match="incorrect passphrase"):
        Secrets(secrets.salt).check()
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    with pytest.raises(PassphraseError, match="PULUMI_CONFIG_PASSPHRASE"):
        Secrets(secrets.salt)


def test_a_passphrase_may_come_from_a_file(secrets, monkeypatch, tmp_path):
    """The file's last line end does not count."""
    (tmp_path / "word").write_text("word\n")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "word"))
    Secrets(secrets.salt).check()


def test_an_unchanged_secret_keeps_its_sealed_text(secrets):
    """So a checkpoint of an unchanged resource is unchanged."""
    sealed = secrets.sealed({"a": values.secret({"deep": 1})}, "urn")
    assert secrets.opened(sealed, "urn") == {"a": values.secret({"deep": 1})}
    assert secrets.sealed({"a": values.secret({"deep": 1})}, "urn") == sealed


def test_a_secret_in_a_secret_is_sealed_once_and_keeps_its_mark(secrets):
    """The outer one is sealed; the inner ones stand in its text as Pulumi writes them."""
    inner = {values.SIGNATURE: values.SECRET, "value": [None, values.secret("deep")]}
    whole = {values.SIGNATURE: values.SECRET, "value": {"k": inner}}
    sealed = secrets.sealed(whole, "urn")
    text = json.loads(secrets.open_text(sealed["ciphertext"]))
    assert text["k"].keys() == {values.SIGNATURE, "ciphertext"}
    assert json.loads(text["k"]["ciphertext"])[0] is None
    assert secrets.opened(sealed, "urn") == whole


def test_a_secret_in_a_secret_is_kept_out_of_messages(secrets):
    """When it is sealed, and when another command opens it: as the text that it is, without the marks around it."""
    whole = values.secret({"k": values.secret("hunter22")})
    sealed = secrets.sealed(whole, "urn")
    for work in (lambda one: one.sealed(whole, "urn"), lambda one: one.opened(sealed, "urn")):
        redactor, another = Redactor(), Secrets(secrets.salt)
        another.learn = redactor.learn
        work(another)
        assert redactor.clean("no hunter22 here") == "no [secret] here"


def test_a_resource_leaves_out_what_is_empty():
    """URN, type and custom always stand there; what a newer engine wrote is kept."""
    raw = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False, "fromTheFuture": [1]}
    assert state.encode(state.decode(raw, lambda value, owner: value), lambda value, owner: value) == raw


@pytest.mark.parametrize(
    ("resources", "complaint"),
    [
        ([thing("a", id="x")], "component .* has an id"),
        ([thing("a", custom=True, id="x", provider="bad")], "bad provider reference"),
        (
            [thing("a", custom=True, id="x", provider="urn:pulumi:dev::shop::pulumi:providers:a::p::1")],
            "does not stand",
        ),
        ([thing("a", parent=ROOT)], "parent"),
        ([thing("a", dependencies=[ROOT])], "dependency"),
        ([thing("a", propertyDependencies={"x": [ROOT]})], "property x"),
        ([thing("a", deletedWith=ROOT)], "deletedWith"),
        ([thing("a"), thing("a")], "twice"),
        ([thing("a", aliases=["old"]), thing("b", aliases=["old"])], "share the alias"),
    ],
)
def test_what_a_checkpoint_must_not_be(resources, complaint):
    """Each invariant that does not hold is told with the resource's name."""
    found = next(state.violations(resources))
    assert thing("a").urn in found
    import re

    assert re.search(complaint, found)


def test_two_of_one_name_are_fine_where_one_is_to_be_deleted():
    """That is how a replacement stands in a checkpoint."""
    assert list(state.violations([thing("a"), thing("a", delete=True)])) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a checkpoint"),
        ('{"version":3,"checkpoint":', "is not a checkpoint"),
        ('{"version":2,"checkpoint":{}}', "version 2"),
        ('{"version":9,"checkpoint":{}}', "version 9"),
        ('{"version":4,"features":["sorcery"],"checkpoint":{}}', "sorcery"),
    ],
)
def test_files_that_are_not_read(text, complaint):
    """Truncated, too old, too new, or with features that are not known."""
    with pytest.raises(StateError, match=complaint):
        state.parse(text, "the file")


def test_a_bad_magic_is_refused():
    """The manifest's magic proves that an engine wrote it."""
    latest = {"manifest": {"version": "v1", "magic": "0"}, "resources": []}
    with pytest.raises(StateError, match="magic"):
        state.load(latest, "the file", lambda value, owner: value)


@pytest.fixture
def backend(tmp_path, secrets):
    made = Backend(tmp_path, "shop")
    made.create("dev", secrets.salt)
    return made


def names(latest):
    return [entry["urn"].rsplit("::", 1)[1] for entry in latest.get("resources") or []]


def test_a_killed_engine_loses_nothing(backend, secrets):
    """Whatever the journal says counts, on top of the checkpoint that is there; the last half line does not."""
    journal = backend.journal("dev", secrets, {})
    a, b = thing("a"), thing("b")
    journal.open([a, b], [])
    number = journal.begin("creating", thing("c"))
    assert names(backend.raw("dev")) == ["a", "b"]
    assert backend.raw("dev")["pending_operations"][0]["type"] == "creating"
    journal.end(number, (thing("c"),), (a,))
    journal.note((thing("unwritten"),))
    with journal.journal_path.open("ab") as file:
        file.write(b'{"put": {"99": {"urn"')
    assert names(backend.raw("dev")) == ["c", "b"]
    assert backend.raw("dev")["pending_operations"] == []


def test_the_checkpoint_catches_up_with_the_journal(backend, secrets):
    """Soon after a change the checkpoint alone says all of it, pending operations included, for the Pulumi CLI."""
    import time

    journal = backend.journal("dev", secrets, {})
    journal.open([], [])
    journal.begin("creating", thing("c"))
    for _ in range(200):
        latest = json.loads(backend.file("dev").read_bytes())["checkpoint"]["latest"]
        if latest.get("pending_operations"):
            break
        time.sleep(0.02)
    assert latest["pending_operations"][0]["resource"]["urn"] == thing("c").urn
    journal.close()
    assert not journal.journal_path.exists()
    assert backend.file("dev").with_name("dev.json.bak").exists()


def test_a_journal_of_another_checkpoint_is_not_believed(backend, secrets):
    """Where somebody else wrote the checkpoint, the journal is put aside."""
    journal = backend.journal("dev", secrets, {})
    journal.open([thing("a")], [])
    journal.end(None, (thing("b"),))
    left = journal.journal_path.read_bytes()
    journal.close()
    journal.journal_path.write_bytes(left)
    other = backend.wrap("dev", secrets.salt, json.dumps(state.encode(thing("z"), secrets.sealed)), "")
    backend.file("dev").write_text(other)
    assert names(backend.raw("dev", locked=True)) == ["z"]
    assert journal.journal_path.with_suffix(".journal.stale").exists()


def test_merging_starts_at_the_last_matching_line():
    """A crash between the line that names a checkpoint and its renaming leaves the one before it as the base."""
    entry = {"urn": "u"}
    checkpoint = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [entry]}}}).encode()
    digest = hashlib.sha256(checkpoint).hexdigest()
    lines = [
        {"base": digest, "new": [], "old": [1], "pending": []},
        {"put": {"2": {"urn": "v"}}, "drop": [], "end": []},
        {"base": "never renamed", "new": [2], "old": [1], "pending": []},
        {"put": {}, "drop": [1], "end": []},
    ]
    texts = [json.dumps(line).encode() for line in lines]
    latest, ours = merged(checkpoint, b"".join(b"%08x %b\n" % (zlib.crc32(text), text) for text in texts))
    assert ours
    assert latest["resources"] == [{"urn": "v"}]


def test_a_lock_names_its_owner(backend):
    """The second one is told who holds it, and leaves no lock of its own behind."""
    with backend.locked("dev"):
        with pytest.raises(EngineError, match=f"pid {os.getpid()}"), backend.locked("dev"):
            pass
        assert len(backend.locks("dev")) == 1
    assert backend.locks("dev") == {}


def test_a_dead_owner_is_said_to_be_dead(backend):
    """And ``cancel`` removes its lock."""
    folder = backend.lock_folder("dev")
    folder.mkdir(parents=True)
    lock = {"pid": 2**22 + 1, "username": "u", "hostname": socket.gethostname(), "timestamp": "t"}
    (folder / "x.json").write_text(json.dumps(lock))
    with pytest.raises(EngineError, match="that process is dead"), backend.locked("dev"):
        pass
    assert backend.unlock("dev") == 1


def test_damage_is_told_with_the_backup(backend, secrets):
    """The message names the file before it, and the damaged one is not touched."""
    journal = backend.journal("dev", secrets, {})
    journal.open([thing("a")], [])
    journal.close()
    path = backend.file("dev")
    damaged = path.read_bytes()[:-40]
    path.write_bytes(damaged)
    with pytest.raises(StateError, match=r"dev\.json\.bak"):
        backend.raw("dev")
    assert path.read_bytes() == damaged


def test_a_full_disk_keeps_the_old_checkpoint_and_an_emergency_copy(backend, secrets, monkeypatch, tmp_path):
    """What the operation did is in a file that the message names."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    journal = backend.journal("dev", secrets, {})
    journal.open([], [])
    journal.note((thing("made"),))
    folder = backend.file("dev").parent
    away = folder.with_name("away")
    folder.rename(away)
    folder.write_text("not a folder any more")
    with pytest.raises(EngineError, match="emergency") as caught:
        journal.close()
    copy = next(tmp_path.glob("*emergency*.json"))
    assert str(copy) in str(caught.value)
    assert names(json.loads(copy.read_text())["checkpoint"]["latest"]) == ["made"]


@pytest.mark.parametrize("given", ["", "a/b/c/d", "x" * 101, "a b", "other/dev"])
def test_bad_stack_names(given):
    """At most 100 letters, digits, hyphens, underscores and periods, in this organization."""
    with pytest.raises(UsageError):
        stack_name(given, "shop")
    assert stack_name("organization/shop/dev", "shop") == "dev"


def test_backends_that_are_not_folders(monkeypatch, tmp_path):
    """Only file:// is served; ~ is the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert backend_root("file://~") == tmp_path
    with pytest.raises(UsageError, match="s3://"):
        backend_root("s3://bucket")


def test_a_missing_stack(backend):
    """It is said by name."""
    with pytest.raises(StackNotFoundError, match="nope"):
        backend.raw("nope")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nstackConfigDir: stacks\n"
        "config:\n  size: {type: integer, default: 3}\n  must: {type: string}\n"
    )
    return find_project(tmp_path)


def test_settings_are_read_as_they_are_spelt(project):
    """YAML's ``no``, ``1e3`` and a version keep their spelling; structures become JSON; defaults are filled in."""
    path = project.stack_file("dev")
    path.parent.mkdir()
    path.write_text("config:\n  must: no\n  shop:float: 1e3\n  aws:region: eu-1\n  shop:list: [1, true, x]\n")
    texts, sealed = StackSettings(project, "dev").for_program(lambda: pytest.fail("nothing is sealed"))
    assert texts == {
        "shop:must": "no",
        "shop:float": "1e3",
        "aws:region": "eu-1",
        "shop:list": '[1,true,"x"]',
        "shop:size": "3",
    }
    assert sealed == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("config: {}\n", "missing configuration value 'must'"),
        ("config:\n  must: x\n  size: many\n", "must be of type 'integer'"),
        ("config:\n  must: x\n  must: y\n", "stands there twice"),
        ("config: [\n", "is not YAML"),
    ],
)
def test_bad_settings(project, text, complaint):
    """Missing, mistyped, written twice, or not YAML at all."""
    project.stack_file("dev").parent.mkdir()
    project.stack_file("dev").write_text(text)
    with pytest.raises(UsageError, match=complaint):
        StackSettings(project, "dev").effective()


def test_editing_keeps_comments(project):
    """A setting is changed where it stands; what a person wrote around it stays."""
    path = project.stack_file("dev")
    path.parent.mkdir()
    path.write_text("# why\nconfig:\n  shop:a: one  # here\n  must: x\n")
    settings = StackSettings(project, "dev")
    settings.set("a", "two", path=False)
    settings.set("names[0].first", "Ada", path=True)
    assert settings.remove("must", path=False)
    assert not settings.remove("must", path=False)
    text = path.read_text()
    assert "# why" in text
    assert "shop:a: two  # here" in text
    assert StackSettings(project, "dev").values["shop:names"] == [{"first": "Ada"}]


def test_no_project(tmp_path):
    """It is said where was looked."""
    with pytest.raises(UsageError, match=r"no Pulumi\.yaml"):
        find_project(tmp_path)
    assert isinstance(Project(tmp_path, "x", {}).program.name, str)


def test_a_key_is_derived_once_in_a_process(secrets, monkeypatch):
    """Whoever has the same salt and passphrase waits for the same derivation, also one that was begun ahead."""
    asked = []
    monkeypatch.setattr(keys, "_derived", {})
    derive = hashlib.pbkdf2_hmac
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", lambda *given: asked.append(given) or derive(*given))
    derive_ahead("not a salt", "word")
    derive_ahead(secrets.salt, "word")
    for _ in range(2):
        assert Secrets(secrets.salt).open_text(secrets.seal_text("said")) == "said"
    assert len(asked) == 1
