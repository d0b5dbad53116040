"""Commands around the operations: stacks renamed, resources imported, tainted and protected, settings in bulk."""

import json

import pytest

THING = "urn:pulumi:test::conformance::conf:index:Thing::a"
FOUND = {"made": {}, "things": {"found-1": {"inputs": {"size": 1, "value": "theirs"}, "serial": 1}}}


def test_a_renamed_stack_keeps_its_resources(stage):
    """Its URNs, history and settings go along, and nothing is to be changed under the new name."""
    stage.program('Thing("a", value="x")')
    stage.up()
    stage.must("stack", "rename", "other")
    assert stage.must("stack", "ls").splitlines()[1].startswith("other*")
    latest = json.loads(stage.must("stack", "export"))["deployment"]
    assert {row["urn"].split(":")[2] for row in latest["resources"]} == {"other"}
    assert latest["resources"][0]["urn"].endswith("::conformance-other")
    assert len(json.loads(stage.must("stack", "history", "--json"))) == 1
    stage.must("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert stage.effects() == []


def test_a_diff_shows_what_a_replacement_changes(stage):
    """`up --diff` has the old id, the URN and the properties of a replacement and of a deletion."""
    stage.program('Thing("a", replaceKey=str(STEP))\nif STEP == 1:\n    Thing("b", value="last")')
    stage.up()
    out = stage.up("--diff", step=2)
    assert "[id=a-1]" in out and f"[urn={THING}]" in out
    assert '~ replaceKey: "1" => "2"' in out
    assert "[id=b-1]" in out and '- value: "last"' in out


def test_a_sealed_number_leaves_the_json_readable(stage):
    """`preview --json` masks a sealed setting that the program let out, and is JSON all the same."""
    stage.must("config", "set", "--secret", "port", "12345678")
    stage.program('Thing("a", port=pulumi.Config().get_int("port"))')
    text = stage.must("preview", "--json", "--stack", "test")
    assert json.loads(text)["steps"][-1]["newState"]["inputs"]["port"] == "[secret]"
    assert "12345678" not in text


def test_a_taken_name_is_refused(stage):
    """A rename never overwrites another stack."""
    stage.must("stack", "init", "second")
    done = stage.run("stack", "rename", "test", "--stack", "second")
    assert done.returncode == 1
    assert "already exists" in done.stderr


def test_import_adopts_what_exists(stage):
    """The resource is read and kept, protected; the code that is printed describes it without a change."""
    (stage.folder / "world.json").write_text(json.dumps(FOUND))
    out = stage.must("import", "conf:index:Thing", "a", "found-1", "--yes", "--stack", "test")
    assert stage.effects() == []
    row = stage.resource("a")
    assert (row["id"], row["inputs"], row["protect"]) == ("found-1", {"size": 1, "value": "theirs"}, True)
    assert "importID" not in row
    assert "value='theirs'," in out
    assert "protect=True" in out
    stage.program('Thing("a", options(protect=True), size=1, value="theirs")')
    stage.up()
    assert stage.effects() == []


def test_imported_code_names_nothing_that_a_provider_keeps_for_itself(stage):
    """Providers made of Terraform's keep ``__defaults`` beside the inputs, nested ones too: no resource takes it."""
    own = {"size": 1, "value": {"nested": "theirs", "__defaults": ["other"]}, "__defaults": ["size"]}
    world = {"things": {"found-1": {"inputs": own, "serial": 1}}}
    (stage.folder / "world.json").write_text(json.dumps(world))
    out = stage.must("import", "conf:index:Thing", "a", "found-1", "--yes", "--stack", "test")
    assert "'nested': 'theirs'," in out
    assert "__defaults" not in out


def test_import_into_a_stack_that_has_resources(stage):
    """What is there stays, and the checkpoint is sound."""
    stage.program('Thing("b", value="x")')
    stage.up()
    world = json.loads((stage.folder / "world.json").read_text())
    world["things"] |= FOUND["things"]
    (stage.folder / "world.json").write_text(json.dumps(world))
    stage.must("import", "conf:index:Thing", "a", "found-1", "--yes", "--protect=false", "--generate-code=false")
    assert {row["urn"].rsplit("::", 1)[1] for row in stage.latest["resources"]} >= {"a", "b"}
    stage.must("stack", "export", "--file", "exported.json")
    stage.must("stack", "import", "--file", "exported.json")


def test_import_of_several_from_a_file(stage):
    """A list as the CLI takes it; code goes to a file."""
    (stage.folder / "world.json").write_text(json.dumps(FOUND))
    listed = {"resources": [{"type": "conf:index:Thing", "name": "a", "id": "found-1"}]}
    (stage.folder / "list.json").write_text(json.dumps(listed))
    stage.must("import", "--file", "list.json", "--out", "code.py", "--yes")
    compile((stage.folder / "code.py").read_text(), "code.py", "exec")
    assert stage.resource("a")["id"] == "found-1"


def test_import_of_nothing_fails(stage):
    """An id that does not exist is an error, and leaves nothing behind."""
    done = stage.run("import", "conf:index:Thing", "a", "lost-1", "--yes")
    assert done.returncode == 1
    assert "resource 'lost-1' does not exist" in done.stdout
    assert all(not row["urn"].endswith("::a") for row in stage.latest["resources"])


def test_a_tainted_resource_is_replaced_once(stage):
    """`state taint` lets the next `up` make it anew; `state untaint` takes that back."""
    stage.program('Thing("a", value="x")')
    stage.up()
    stage.must("state", "taint", THING, "--yes")
    stage.must("state", "untaint", THING, "--yes")
    stage.up()
    assert stage.effects() == []
    stage.must("state", "taint", THING, "--yes")
    stage.up()
    assert stage.effects() == [("Create", "a"), ("Delete", "a")]
    stage.up()
    assert stage.effects() == []


def test_settings_in_bulk(stage):
    """Several at once, sealed or readable, copied to another stack, and removed."""
    stage.must("config", "set-all", "--secret", "one=1", "--plaintext", "two=2", "--stack", "test")
    shown = json.loads(stage.must("config", "--json", "--show-secrets"))
    assert shown["conformance:one"] == {"value": "1", "secret": True}
    stage.must("stack", "init", "second", "--no-select")
    stage.must("config", "cp", "--dest", "second")
    assert stage.must("config", "get", "one", "--stack", "second").strip() == "1"
    stage.must("config", "rm-all", "one", "two")
    assert "conformance:one" not in json.loads(stage.must("config", "--json"))


@pytest.mark.parametrize(
    ("words", "env", "status", "problem"),
    [
        (["preview"], {"PULUMI_CONFIG_PASSPHRASE": "wrong"}, 1, "incorrect passphrase"),
        (["up"], {}, 2, "--yes or --skip-preview must be passed"),
        (["up", "--nonsense"], {}, 1, "unknown flag: --nonsense"),
        (["preview", "--stack", "nope"], {}, 6, "no stack named 'nope' found"),
        (["preview", "--cwd", "/"], {}, 1, "no Pulumi.yaml project file found"),
        (["stack", "output", "nope"], {}, 1, "does not have output property 'nope'"),
    ],
    ids=["passphrase", "no yes", "flag", "stack", "project", "output"],
)
def test_exit_statuses_are_pulumis(stage, words, env, status, problem):
    """A script that tells failures apart by their number tells these apart, too."""
    stage.program('Thing("a")')
    done = stage.run(*words, **env)
    assert (done.returncode, problem in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr


@pytest.mark.parametrize("words", [["preview"], ["destroy", "--yes"], ["stack", "output"], ["config"]], ids=" ".join)
def test_no_selected_stack_is_no_missing_one(stage, words):
    """A command that has no stack to work on ends with 1, as Pulumi's; 6 is for a name that no stack has."""
    stage.program('Thing("a")')
    stage.must("stack", "unselect")
    done = stage.run(*words)
    assert (done.returncode, "no stack selected" in done.stderr) == (1, True), done.stdout + done.stderr


def test_a_sealed_setting_that_reaches_an_output_is_masked(stage):
    """``config.get`` lets it out in clear; what is shown of it is not."""
    stage.must("config", "set", "--secret", "password", "s3cr3t-canary")
    stage.program('pulumi.export("leak", "is " + pulumi.Config().get("password"))')
    shown = stage.up()
    assert "s3cr3t-canary" not in shown
    assert "is [secret]" in shown
    assert "s3cr3t-canary" not in stage.must("preview", "--json", "--stack", "test")
