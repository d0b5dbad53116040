"""Property values, their names and their hashes."""

import pytest
from pulumi.runtime.proto import resource_pb2

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.diffs import compare, ignoring, with_replace_on_changes
from slipway.engine.plan.goals import goal_of
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.providers.protocol import Diff
from slipway.engine.show import details
from slipway.engine.show.redact import Redactor
from slipway.engine.values import assets, paths, urn
from slipway.wire import assets as wire_assets
from slipway.wire import values
from slipway.wire.signatures import ARCHIVE, ASSET, SIGNATURE

SECRET = values.secret("hidden")


def test_a_urn_keeps_the_whole_chain_of_parent_types():
    """Only a parent that is the stack adds nothing."""
    root = urn.root("dev", "shop")
    outer = urn.make("dev", "shop", root, "a:b:Outer", "o")
    inner = urn.make("dev", "shop", outer, "a:b:Inner", "i")
    assert outer == "urn:pulumi:dev::shop::a:b:Outer::o"
    assert inner == "urn:pulumi:dev::shop::a:b:Outer$a:b:Inner::i"
    assert urn.type_of(inner) == "a:b:Inner"
    assert urn.name_of(inner) == "i"
    assert urn.package_of("pulumi:providers:aws") == urn.package_of("aws:s3/bucket:Bucket") == "aws"


def test_values_come_back_from_the_wire_as_they_were():
    """Whole numbers are ints, empty lists and maps stay what they are."""
    props = {"n": 3, "f": 2.5, "t": True, "none": None, "l": [], "m": {}, "deep": [{"a": [1, "x"]}], "s": SECRET}
    assert values.from_struct(values.to_struct(props)) == props


def test_maps_off_the_wire_are_sorted():
    """A map of a message comes in another order in every process; what is written and shown does not."""
    names = [f"{number * 7 % 40:02}" for number in range(40)]
    props = {name: {inner: [{"z": 1, "a": 2}] for inner in names} for name in names}
    found = values.from_struct(values.to_struct(props))
    assert list(found) == list(found["07"]) == sorted(names)
    assert list(found["07"]["07"][0]) == ["a", "z"]


def test_what_properties_depend_on_is_sorted(tmp_path):
    """So are the properties' dependencies in a checkpoint, declared or found in the values."""
    names = [f"{number * 7 % 40:02}" for number in range(40)]
    request = resource_pb2.RegisterResourceRequest(type="a:b:C", name="c", custom=True)
    request.object.CopyFrom(values.to_struct(dict.fromkeys(names, "x")))
    for name in names[::2]:
        request.propertyDependencies[name].urns.append("urn:other")
    needs = goal_of(request, None, tmp_path, None).property_dependencies
    assert list(needs) == sorted(names)
    assert [name for name, urns in needs.items() if urns] == sorted(names[::2])


def test_a_peer_without_secrets_gets_the_plain_value():
    """Secrets and references are opened for who does not know them."""
    reference = {values.SIGNATURE: values.RESOURCE, "urn": "u", "id": "i"}
    nested = values.secret(values.secret([SECRET]))
    asset = {values.SIGNATURE: values.ASSET, "hash": "h", "text": "t"}
    struct = values.to_struct(
        {"s": SECRET, "n": nested, "r": reference, "a": {values.SIGNATURE: values.SECRET, "value": asset}},
        values.Dialect(secrets=False, resources=False, asset_contents=False),
    )
    hash_alone = {values.SIGNATURE: values.ASSET, "hash": "h"}
    assert values.from_struct(struct) == {"s": "hidden", "n": ["hidden"], "r": "i", "a": hash_alone}


def test_every_unknown_becomes_the_one_unknown():
    """The wire has seven spellings of "not known yet"."""
    for spelling in values.UNKNOWNS:
        assert values.from_struct(values.to_struct({"x": spelling})) == {"x": values.UNKNOWN}
    assert values.has_unknowns({"a": [{"b": values.UNKNOWN}]})


def test_what_is_secret_in_a_secret_keeps_its_mark():
    """A value that holds secrets and becomes secret as a whole still has them, and is shown as one."""
    whole = values.secret({"a": SECRET})
    assert whole == {values.SIGNATURE: values.SECRET, "value": {"a": SECRET}}
    assert values.bare(whole) == {"a": "hidden"}
    assert values.masked([whole]) == ["[secret]"]
    assert values.masked([{"a": SECRET}]) == [{"a": "[secret]"}]


def test_output_values_are_taken_apart():
    """What they hold stays, and whom they come from is known."""
    output = {values.SIGNATURE: values.OUTPUT, "value": "v", "secret": True, "dependencies": ["u1"]}
    assert values.without_outputs([output]) == [values.secret("v")]
    assert values.without_outputs({values.SIGNATURE: values.OUTPUT}) == values.UNKNOWN
    assert values.dependencies_of({"a": [output]}) == ["u1"]


def test_assets_are_equal_when_their_hashes_are():
    """Another path with the same bytes is no change."""
    left = {values.SIGNATURE: values.ASSET, "hash": "h", "path": "a"}
    assert values.same(left, {**left, "path": "b"})
    assert not values.same(left, {**left, "hash": "other"})
    assert not values.same(1, True)
    assert values.same(1, 1.0)


def test_hash_of_a_folder_is_pulumis(tmp_path):
    """The recorded hash of the conformance scenario's folder; times and modes do not count, .pulumi is left out."""
    folder = tmp_path / "payload"
    (folder / ".pulumi").mkdir(parents=True)
    (folder / ".pulumi/x").write_text("ignored")
    (folder / "same.txt").write_text("same\n")
    (folder / "main.py").write_text("print(1)\n")
    (folder / "main.py").chmod(0o755)
    wanted = "b26ccf5d2bb19614e60148aeb73b211bc19130d0e62f5a58c578309bde1a8d69"
    assert wire_assets.archive_hash({"path": "payload"}, tmp_path) == wanted


FILES = {
    "i.py": "def h(e,c): return 1\n",
    "sub/x.txt": "x\n",
    "app/a": "1\n",
    "app.py": "2\n",
    "app-x": "3\n",
    "Z/q": "4\n",
}
FOLDER = "b6f3c85f4a1b52c8835f49d4c9c4f1ec93c6b9cac013c35f0fbf573580339c37"


def text(content):
    return {SIGNATURE: ASSET, "text": content}


def folder():
    return {SIGNATURE: ARCHIVE, "path": "fold"}


@pytest.mark.parametrize(
    ("archive", "wanted"),
    [
        (folder(), FOLDER),
        ({"assets": {"i.py": text("other"), ".": folder()}}, FOLDER),
        (
            {"assets": {"deep": {SIGNATURE: ARCHIVE, "assets": {"s": text("s")}}, ".": folder()}},
            "84d739c7079222c8bc8a785797798b105282b88d5cf9167c592dfa6db8420b18",
        ),
        (
            {"assets": {"z": folder(), "a.b": text("x"), "a": folder()}},
            "1b42606ef2b9b623a4d92ad5556f90a21ad406b924b259655eb607cb4eb71ee0",
        ),
    ],
    ids=["a folder beside a file of its name", "twice the same path", "the top of a map", "folders and files"],
)
def test_files_are_hashed_in_pulumis_order(archive, wanted, tmp_path):
    """Folder by folder, and not by the whole paths; the first of two files of one path counts. Recorded of 3.260."""
    for name, content in FILES.items():
        path = tmp_path / "fold" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert wire_assets.archive_hash(archive, tmp_path) == wanted


def test_long_and_foreign_names_get_a_pax_record():
    """A name that USTAR cannot hold stands in a record before its header."""
    assert len(wire_assets.tar_header("a" * 90 + "/" + "b" * 90, 1)) == 512
    assert b"path=\xc3\xa4" in wire_assets.tar_header("ä", 1)
    assert len(wire_assets.tar_header("x" * 300, 1)) == 3 * 512


def test_a_missing_asset_is_named(tmp_path):
    """The message says which file."""
    with pytest.raises(EngineError, match=r"nowhere\.txt"):
        assets.with_hashes({"a": {values.SIGNATURE: values.ASSET, "path": "nowhere.txt"}}, tmp_path)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ["a"]),
        ("a.b[0].c", ["a", "b", 0, "c"]),
        ('a["b.c"].d', ["a", "b.c", "d"]),
        ("a[*].b", ["a", "*", "b"]),
        ('["x\\"y"]', ['x"y']),
    ],
)
def test_property_paths(text, steps):
    """Names, indexes, quoted keys and wildcards."""
    assert paths.parse(text) == steps


@pytest.mark.parametrize("text", ["a.", ".a", "a[", "a[x]", 'a["b'])
def test_malformed_paths_are_refused(text):
    """They raise ValueError instead of meaning something."""
    with pytest.raises(ValueError, match=r"\w"):
        paths.parse(text)


def test_ignored_changes_are_set_back():
    """Present and absent values, wildcards, and a way that is missing on one side."""
    old = {"a": {"b": 1}, "l": [{"x": 1}, {"x": 2}]}
    new = {"a": {"b": 2, "c": 3}, "l": [{"x": 9}, {"x": 9}], "added": {"y": 1}}
    inputs, impossible = ignoring(new, old, ["a.b", "l[*].x", "added.y", "a.c"])
    assert inputs == {"a": {"b": 1}, "l": [{"x": 1}, {"x": 2}], "added": {}}
    assert impossible == []
    assert new["a"]["b"] == 2, "the program's own values are left alone"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.b", {"a": {"b": 1}}, {}),
        ("l[1]", {"l": ["a", "b"]}, {"l": ["a"]}),
        ("l[1]", {"l": ["a"]}, {"l": ["a", "b"]}),
        ("l[*]", {"l": ["a"]}, {"l": ["a", "b"]}),
        ("a", {"a": 1}, "no map"),
    ],
)
def test_a_place_that_one_side_lacks_is_not_ignored(path, old, new):
    """A list is neither made longer nor shorter, no part of the way is made, and the path is reported."""
    assert ignoring({"in": new}, {"in": old}, [f"in.{path}"]) == ({"in": new}, [f"in.{path}"])


def test_what_was_secret_stays_secret_when_it_is_set_back():
    """A value taken from within a secret is one, wherever it is put."""
    inputs, _ = ignoring({"a": {"b": 2}}, {"a": values.secret({"b": 1})}, ["a.b"])
    assert inputs == {"a": {"b": values.secret(1)}}


def test_replace_on_changes_covers_what_lies_within():
    """A path replaces for every change at or below it, and for nothing else."""
    diff = Diff(True, changed=("tags", "size"), detailed={"tags.owner": ("update", True), "size": ("update", True)})
    found = with_replace_on_changes(diff, ["tags"], [])
    assert found.replace == ("tags",)
    assert found.detailed == {"tags.owner": ("update-replace", True), "size": ("update", True)}


def test_our_own_comparison_names_the_smallest_parts():
    """Used where a provider has no opinion."""
    found = compare({"a": {"b": 1, "c": 1}, "l": [1]}, {"a": {"b": 2}, "l": [1, 2], "x.y": 1})
    assert {path: kind for path, (kind, _) in found.items()} == {
        "a.b": "update",
        "a.c": "delete",
        "l[1]": "add",
        '["x.y"]': "add",
    }


def test_details_for_a_person():
    """Signs, secrets, unknowns, long texts, and JSON compared as JSON."""
    old = Resource(urn="urn:pulumi:s::p::t::n", type="t", inputs={"j": '{"a":1,"b":2}', "gone": 1, "s": SECRET})
    new = Resource(
        urn=old.urn,
        type="t",
        inputs={"j": '{"b":3,"a":1}', "s": values.secret("other"), "u": values.UNKNOWN, "long": "x" * 500},
    )
    lines = "\n".join(details.changed(Step(StepOp.UPDATE, old, new)))
    assert "~ j:\n    ~ b: 2 => 3" in lines
    assert "- gone: 1" in lines
    assert "~ s: [secret] => [secret]" in lines
    assert "+ u: [unknown]" in lines
    assert "(502 characters)" in lines


def test_messages_lose_their_secrets_in_every_encoding():
    """Clear, JSON, base64 and hexadecimal; short words and words that only look alike stay."""
    redactor = Redactor()
    redactor.learn('"canary-99"')
    redactor.learn("true")
    assert redactor.clean("x canary-99 Y2FuYXJ5LTk5 63616e6172792d3939 true") == "x [secret] [secret] [secret] true"


def test_what_is_said_openly_is_not_masked():
    """A map that an SDK seals as a whole holds the stack's name; a setting that is sealed stays hidden all the same."""
    redactor = Redactor()
    redactor.learn('{"environment":"sandbox","owner":"none","token":"canary-99","pin":481516}')
    redactor.learn("canary-setting", setting=True)
    redactor.reveal(["sandbox", {"labels": ["canary-setting"]}])
    assert redactor.clean("sandbox of none: canary-99, canary-setting, 481516") == (
        "sandbox of none: [secret], [secret], [secret]"
    )


def test_a_file_that_came_back_as_its_hash_keeps_its_content():
    """Providers answer a read with the hash they were sent; the program's SDK refuses an asset without content."""
    whole = {values.SIGNATURE: values.ASSET, "hash": "aa", "path": "/app.zip"}
    alone = {values.SIGNATURE: values.ASSET, "hash": "aa"}
    other = {values.SIGNATURE: values.ASSET, "hash": "bb"}
    answer = {"source": alone, "nested": [alone, other]}
    assert values.with_contents(answer, {"source": whole}) == {"source": whole, "nested": [whole, other]}
    archive = {values.SIGNATURE: values.ARCHIVE, "hash": "aa"}
    assert values.with_contents(archive, {"source": whole}) == archive
