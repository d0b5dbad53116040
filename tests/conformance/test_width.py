"""Beyond the recorded scenarios: what Pulumi's engine does, reasoned from its source and documentation."""

import json
import sys
from pathlib import Path

PREFIX = "urn:pulumi:test::conformance::"


def test_whole_component_is_renamed(stage):
    """A component with an alias takes its children along, those whose name starts with its own included."""
    stage.program(
        """
name = "old" if STEP == 1 else "new"
group = Group(name, options(aliases=[pulumi.Alias(name="old")]))
inner = Group(f"{name}-inner", options(parent=group))
Thing(f"{name}-inner-thing", options(parent=inner), value="a")
Thing("plain", options(parent=group), value="b")
"""
    )
    stage.up()
    stage.step(2)
    assert stage.plan() == {}
    stage.up()
    assert stage.effects() == []
    thing = stage.resource("new-inner-thing")
    assert thing["id"] == "old-inner-thing-1"
    assert thing["urn"] == f"{PREFIX}conf:index:Group$conf:index:Group$conf:index:Thing::new-inner-thing"
    assert stage.resource("plain")["parent"] == f"{PREFIX}conf:index:Group::new"


def test_alias_by_urn_and_by_parent(stage):
    """An alias that is a whole URN, and one that names the old parent, each find the old resource."""
    stage.program(
        f"""
if STEP == 1:
    home = Group("home")
    Thing("a", options(parent=home), value="x")
    Thing("b", value="x")
else:
    home = Group("home")
    Thing("a", options(aliases=[pulumi.Alias(parent=home)]), value="x")
    Thing("c", options(aliases=["{PREFIX}conf:index:Thing::b"]), value="x")
"""
    )
    stage.up()
    stage.up(step=2)
    assert stage.effects() == []
    assert stage.resource("a")["urn"] == f"{PREFIX}conf:index:Thing::a"
    assert stage.resource("c")["id"] == "b-1"


def test_dependents_of_a_renamed_resource_follow(stage):
    """Those who depend on a renamed resource refer to it by its new name, removed ones are deleted in order."""
    stage.program(
        """
if STEP == 1:
    a = Thing("a", value="x")
    b = Thing("b", options(depends_on=[a]), value="y")
    Thing("gone", options(depends_on=[a]), value="z")
else:
    a = Thing("a2", options(aliases=[pulumi.Alias(name="a")]), value="x")
    b = Thing("b", options(depends_on=[a]), value="y")
"""
    )
    stage.up()
    stage.up(step=2)
    assert stage.effects() == [("Delete", "gone")]
    assert stage.resource("b")["dependencies"] == [f"{PREFIX}conf:index:Thing::a2"]


def test_ignore_changes_of_a_nested_property(stage):
    """A path into maps and lists is set back; what stands beside it changes."""
    stage.program(
        """
Thing("a", options(ignore_changes=["tags.owner", "list[1]", 'odd["a.b"]']),
      tags={"owner": f"o{STEP}", "env": f"e{STEP}"}, list=["x", f"y{STEP}", f"z{STEP}"], odd={"a.b": STEP})
"""
    )
    stage.up()
    stage.up(step=2)
    inputs = stage.resource("a")["inputs"]
    assert inputs["tags"] == {"owner": "o1", "env": "e2"}
    assert inputs["list"] == ["x", "y1", "z2"]
    assert inputs["odd"] == {"a.b": 1}


def test_replace_on_changes_star(stage):
    """``*`` makes every change a replacement."""
    stage.program('Thing("a", options(replace_on_changes=["*"]), value=f"v{STEP}")')
    stage.up()
    stage.step(2)
    assert stage.plan() == {"a": "replace"}
    stage.up()
    assert stage.effects() == [("Create", "a"), ("Delete", "a")]


def test_replacement_trigger_and_replace_with(stage):
    """A changed trigger replaces, and so does the replacement of a resource that was named."""
    stage.program(
        """
a = Thing("a", options(replacement_trigger=f"t{STEP}"), value="same")
Thing("b", options(replace_with=[a], depends_on=[a]), value="same")
"""
    )
    stage.up()
    stage.step(2)
    assert stage.plan() == {"a": "replace", "b": "replace"}
    stage.up()
    assert set(stage.world) == {"a-2", "b-2"}


def test_target_dependents_and_unknown_target(stage):
    """``--target-dependents`` takes dependents along; a target that does not exist is an error."""
    stage.program(
        """
a = Thing("a", value=f"v{STEP}")
b = Thing("b", options(depends_on=[a]), value=f"v{STEP}")
Thing("c", value=f"v{STEP}")
"""
    )
    stage.up()
    stage.up("--target", f"{PREFIX}conf:index:Thing::a", "--target-dependents", step=2)
    assert sorted(stage.effects()) == [("Update", "a"), ("Update", "b")]
    done = stage.run("up", "--yes", "--skip-preview", "--target", f"{PREFIX}conf:index:Thing::nope")
    assert done.returncode == 1
    assert "could not be found in the stack" in done.stdout


def test_target_wildcard_and_skipped_create(stage):
    """A wildcard means every match; a targeted resource that needs an untargeted new one is refused."""
    stage.program(
        """
a = Thing("a", value=f"v{STEP}")
if STEP == 2:
    new = Thing("new", value="n")
    a = Thing("b", options(depends_on=[new]), value="x")
"""
    )
    stage.up()
    stage.up("--target", "**::a", step=2)
    assert stage.effects() == [("Update", "a")]
    done = stage.run("up", "--yes", "--skip-preview", "--target", f"{PREFIX}conf:index:Thing::b")
    assert done.returncode == 1
    assert "not specified in --target list" in done.stdout


def test_destroy_with_target(stage):
    """``destroy --target`` refuses to take dependents along unless told to."""
    stage.program('a = Thing("a", value="x")\nThing("b", options(depends_on=[a]), value="y")\nThing("c")')
    stage.up()
    target = f"{PREFIX}conf:index:Thing::a"
    done = stage.run("destroy", "--yes", "--skip-preview", "--target", target)
    assert done.returncode == 1
    assert stage.effects() == []
    stage.must("destroy", "--yes", "--skip-preview", "--target", target, "--target-dependents")
    assert stage.effects() == [("Delete", "b"), ("Delete", "a")]
    assert set(stage.world) == {"c-1"}


def test_replace_flag(stage):
    """``--replace`` replaces a resource that did not change."""
    stage.program('Thing("a", value="x")')
    stage.up()
    stage.up("--replace", f"{PREFIX}conf:index:Thing::a")
    assert stage.effects() == [("Create", "a"), ("Delete", "a")]


def test_refresh_before_up(stage):
    """``up --refresh`` sees what was changed behind its back and puts it right."""
    stage.program('Thing("a", value="x")')
    stage.up()
    world = json.loads((stage.folder / "world.json").read_text())
    world["things"]["a-1"]["inputs"]["value"] = "tampered"
    (stage.folder / "world.json").write_text(json.dumps(world))
    stage.up()
    assert stage.effects() == []
    assert stage.plan("--refresh") == {"a": "update"}
    stage.up("--refresh")
    assert stage.effects() == [("Update", "a")]
    assert stage.world["a-1"]["inputs"]["value"] == "x"


def test_expect_no_changes(stage):
    """``--expect-no-changes`` succeeds where nothing changes, and fails with its own status where something does."""
    stage.program('Thing("a", value=f"v{STEP}")')
    stage.up()
    stage.must("preview", "--expect-no-changes")
    stage.step(2)
    done = stage.run("preview", "--expect-no-changes")
    assert done.returncode == 7
    assert "no changes were expected" in done.stdout


def test_a_read_is_no_change(stage):
    """What is only read is not counted where it is as it was, and never is a change that was not expected."""
    stage.program('Thing("ours", value="x")')
    stage.up()
    stage.tamper("make", "shared-3", "value=theirs")
    stage.program('Thing("ours", value="x")\nThing("theirs", options(id="shared-3"))')
    assert json.loads(stage.must("preview", "--json"))["changeSummary"] == {"same": 2}
    assert ">  conf:index:Thing  theirs  read" in stage.must("preview")
    stage.up("--expect-no-changes")
    told = stage.must("preview", "--expect-no-changes")
    assert "Resources: 2 unchanged — nothing would change\n" in told
    assert "theirs" not in told
    stage.tamper("drift", "shared", "value=changed")
    assert json.loads(stage.must("preview", "--json"))["changeSummary"] == {"read": 1, "same": 2}
    told = stage.must("preview", "--expect-no-changes")
    assert "> 1 to read, 2 unchanged\n" in told


def test_a_preview_of_outputs_alone_is_a_change_to_see(stage):
    """A stack's output that would be another is shown, and then nobody is told that nothing would change."""
    stage.program('pulumi.export("version", STEP)')
    stage.up()
    assert "nothing would change" in stage.must("preview")
    stage.step(2)
    told = stage.must("preview")
    assert "~ version: 1 => 2" in told
    assert "nothing would change" not in told
    assert "nothing would change" not in stage.must("up", "--yes", "--skip-preview")


def test_messages_keep_what_is_no_secret(stage):
    """Labels that are sealed as a whole do not blank out the words of which they are made; what is secret is hidden."""
    stage.program(
        'labels = {"owner": "conformance", "team": "crane-drivers", "key": "canary-77"}\n'
        'a = Thing("a", secretValue=pulumi.Output.secret(labels), team="crane-drivers")\n'
        'told = "conformance: none of crane-drivers may use canary-77"\n'
        "a.serial.apply(lambda serial: pulumi.log.warn(told))"
    )
    told = stage.up()
    assert "conformance: none of crane-drivers may use [secret]" in told
    assert "canary" not in told


def test_stack_reference(stage):
    """Another stack's outputs are read through a stack reference, its secrets stay secret."""
    stage.program(
        'pulumi.export("plain", {"a": [1, True, None]})\npulumi.export("hidden", pulumi.Output.secret("s3cret"))'
    )
    stage.up()
    stage.must("stack", "init", "other")
    (stage.folder / "Pulumi.other.yaml").write_text((stage.folder / "Pulumi.test.yaml").read_text())
    stage.program(
        """
other = pulumi.StackReference("organization/conformance/test")
Thing("a", value=other.get_output("hidden"))
pulumi.export("copy", other.get_output("plain"))
pulumi.export("hidden", other.get_output("hidden"))
"""
    )
    stage.must("up", "--yes", "--skip-preview", "--stack", "other")
    assert json.loads(stage.must("stack", "output", "--json", "--stack", "other")) == {
        "copy": {"a": [1, True, None]},
        "hidden": "[secret]",
    }
    text = (stage.folder / "state/.pulumi/stacks/conformance/other.json").read_text()
    assert "s3cret" not in text


def test_secrets_inside_lists_and_maps(stage):
    """A secret deep in a property is sealed where it stands, and comes back as it was."""
    stage.program(
        """
token = pulumi.Output.secret("s3cr3t-canary")
value = {"deep": [{"token": token, "open": "visible"}]}
Thing("a", data=value)
pulumi.export("value", value)
"""
    )
    shown = stage.up()
    text = (stage.folder / "state/.pulumi/stacks/conformance/test.json").read_text()
    assert "s3cr3t-canary" not in text + shown
    assert "ciphertext" in json.dumps(stage.resource("a")["inputs"])
    assert stage.plan() == {}
    opened = json.loads(stage.must("stack", "output", "--json", "--show-secrets"))
    assert opened["value"] == {"deep": [{"token": "s3cr3t-canary", "open": "visible"}]}


def test_nested_components_inherit_providers(stage):
    """A provider given to a component serves its grandchildren; the state says which one it was."""
    stage.program(
        """
eu = Conf("eu", region="eu")
outer = Group("outer", options(providers=[eu]))
inner = Group("inner", options(parent=outer))
Thing("a", options(parent=inner), value="x")
"""
    )
    stage.up()
    assert stage.resource("a")["provider"].startswith(f"{PREFIX}pulumi:providers:conf::eu::")
    assert [call["args"] for call in stage.calls if call["call"] == "Configure"] == [{"region": "eu"}]


def test_import_that_does_not_match(stage):
    """An import whose inputs differ from what exists is read, and changed to what the program describes."""
    world = {"made": {}, "things": {"found-1": {"inputs": {"size": 1, "value": "theirs"}, "serial": 1}}}
    (stage.folder / "world.json").write_text(json.dumps(world))
    stage.program('Thing("a", options(import_="found-1"), value="mine", size=1)')
    stage.up()
    assert stage.effects() == [("Update", "a")]
    assert stage.world["found-1"]["inputs"]["value"] == "mine"
    assert stage.resource("a")["importID"] == stage.resource("a")["id"] == "found-1"


def test_an_import_that_returns_is_recorded_again(stage):
    """The option may leave the program and come back: its id is in the state each time, and nothing is changed."""
    world = {"made": {}, "things": {"found-1": {"inputs": {"size": 1, "value": "v"}, "serial": 1}}}
    (stage.folder / "world.json").write_text(json.dumps(world))
    stage.program('Thing("a", options(import_="found-1" if STEP != 2 else None), value="v", size=1)')
    stage.up()
    stage.up(step=2)
    assert "importID" not in stage.resource("a")
    stage.up(step=3)
    assert stage.resource("a")["importID"] == "found-1"
    assert stage.effects() == []


def test_external_becomes_managed(stage):
    """A resource that was read only and is now declared is created; the one that was read stays as it is."""
    world = {"made": {}, "things": {"theirs-3": {"inputs": {"size": 1, "value": "t"}, "serial": 3}}}
    (stage.folder / "world.json").write_text(json.dumps(world))
    stage.program('Thing("theirs", options(id="theirs-3") if STEP == 1 else None, value="t")')
    stage.up()
    assert stage.effects() == []
    stage.up(step=2)
    assert stage.effects() == [("Create", "theirs")]
    assert set(stage.world) == {"theirs-3", "theirs-1"}


def test_hooks_and_resource_transforms(stage):
    """A resource's own transform changes it, hooks run around what is done to it; a preview runs none."""
    stage.program(
        """
def note(args):
    with open("hooks.txt", "a") as file:
        file.write(f"{args.name} {args.new_inputs.get('label')}\\n")

def label(args):
    return pulumi.ResourceTransformResult(props={**args.props, "label": "L"}, opts=args.opts)

group = Group("group", options(transforms=[label]) if False else None)
hook = pulumi.ResourceHook("note", note)
Thing("a", options(parent=group, transforms=[label], hooks=pulumi.ResourceHookBinding(after_create=[hook])), value="x")
"""
    )
    assert stage.plan() == {"group": "create", "a": "create"}
    assert not (stage.folder / "hooks.txt").exists()
    stage.up()
    assert (stage.folder / "hooks.txt").read_text() == "a L\n"
    assert stage.resource("a")["inputs"]["label"] == "L"


def test_transform_keeps_dependencies_and_secrets(stage):
    """What a transform passes on still says where it comes from and that it is secret."""
    stage.program(
        """
def same(args):
    return pulumi.ResourceTransformResult(props={**args.props, "more": args.props.get("value")}, opts=args.opts)

pulumi.runtime.register_resource_transform(same)
a = Thing("a", secretValue=pulumi.Output.secret("s3cr3t-canary"))
Thing("b", value=a.sealed)
"""
    )
    assert stage.plan() == {"a": "create", "b": "create"}
    stage.up()
    b = stage.resource("b")
    assert b["propertyDependencies"]["value"] == [f"{PREFIX}conf:index:Thing::a"]
    assert b["inputs"]["more"] == b["inputs"]["value"]
    assert "s3cr3t-canary" not in json.dumps(stage.latest)


def test_output_form_of_an_invoke(stage):
    """An invoke with outputs waits for them, and is not called where they are unknown."""
    stage.program(
        """
a = Thing("a", value="x")
result = pulumi.runtime.invoke_output("conf:index:echo", {"serial": a.serial})
pulumi.export("echo", result.apply(lambda found: found["echo"]))
"""
    )
    stage.plan()
    assert [call for call in stage.calls if call["call"] == "Invoke"] == []
    stage.up()
    assert json.loads(stage.must("stack", "output", "echo")) == {"serial": 1.0}


def test_depends_on_a_component(stage):
    """depends_on with a component waits for its children."""
    stage.program(
        """
group = Group("group")
child = Thing("child", options(parent=group), value="x")
Thing("a", options(depends_on=[group]), value="y")
"""
    )
    stage.up()
    assert stage.effects() == [("Create", "child"), ("Create", "a")]
    assert f"{PREFIX}conf:index:Group$conf:index:Thing::child" in stage.resource("a")["dependencies"]


def test_custom_timeouts_and_other_options_are_kept(stage):
    """Options that the engine itself does not act on stand in the state."""
    stage.program('Thing("a", options(custom_timeouts=pulumi.CustomTimeouts(create="1h30m", delete="90s")), value="x")')
    stage.up()
    assert stage.resource("a")["customTimeouts"] == {"create": 5400, "delete": 90}


def test_pending_replacement_is_finished_later(stage):
    """A delete-before-replace whose create fails leaves the old one marked; the next run only creates."""
    stage.program('Thing("a", options(delete_before_replace=True), replaceKey=f"k{STEP}", failCreate=STEP == 2)')
    stage.up()
    stage.step(2)
    assert stage.run("up", "--yes", "--skip-preview").returncode == 1
    assert stage.resource("a")["pendingReplacement"] is True
    assert stage.world == {}
    stage.up(step=3)
    assert stage.effects() == [("Create", "a")]
    assert "pendingReplacement" not in stage.resource("a")


def test_create_before_delete_whose_delete_fails(stage):
    """The old one stays marked for deletion, and is deleted by the next run."""
    stage.program('Thing("a", replaceKey=f"k{min(STEP, 2)}", failDelete=STEP == 1)')
    stage.up()
    stage.step(2)
    assert stage.run("up", "--yes", "--skip-preview").returncode == 1
    doomed = [item for item in stage.latest["resources"] if item.get("delete")]
    assert [item["id"] for item in doomed] == ["a-1"]
    assert set(stage.world) == {"a-1", "a-2"}


def test_protected_replacement_is_refused(stage):
    """A protected resource is not replaced; a preview says so and fails."""
    stage.program('Thing("a", options(protect=True), replaceKey=f"k{STEP}")')
    stage.up()
    stage.step(2)
    assert stage.run("preview").returncode == 1
    done = stage.run("up", "--yes", "--skip-preview")
    assert done.returncode == 1
    assert "marked for protection" in done.stdout
    assert stage.effects() == []


def test_default_provider_gets_the_stacks_settings(stage):
    """Settings of a package are the configuration of its default provider; a secret one stays sealed."""
    stage.must("config", "set", "conf:region", "north")
    stage.must("config", "set", "--secret", "conf:token", "s3cr3t-canary")
    stage.program('Thing("a", value="x")')
    stage.up()
    configured = [call["args"] for call in stage.calls if call["call"] == "Configure"]
    assert configured == [{"region": "north", "token": {"$secret": "s3cr3t-canary"}}]
    assert "s3cr3t-canary" not in json.dumps(stage.latest)


def test_program_traceback_is_the_programs(stage):
    """An exception shows the program's own lines, and neither the engine's nor the SDK's."""
    stage.program('def deep():\n    raise ValueError("what went wrong")\n\n\ndeep()\n')
    done = stage.run("up", "--yes", "--skip-preview")
    assert done.returncode == 1
    assert "ValueError: what went wrong" in done.stdout
    assert "__main__.py" in done.stdout
    assert "slipway/engine" not in done.stdout + done.stderr
    assert "site-packages" not in done.stdout + done.stderr


def test_json_is_alone_on_the_output(stage):
    """What the program prints does not spoil ``--json``."""
    stage.program('print("hello")\nThing("a", value="x")')
    document = json.loads(stage.must("preview", "--json"))
    assert document["changeSummary"] == {"create": 2}
    assert {"message": "hello", "severity": "info"} in document["diagnostics"]


def test_a_package_without_a_provider_here(stage):
    """A package that nothing serves on this machine fails with what to do."""
    stage.program(
        """
class Bucket(pulumi.CustomResource):
    def __init__(self, name):
        super().__init__("gcp:storage/bucket:Bucket", name, {})

Bucket("b")
"""
    )
    # Without the plugins that this machine may have on its PATH.
    done = stage.run("up", "--yes", "--skip-preview", PATH=str(Path(sys.executable).parent))
    assert done.returncode == 1
    assert "Real clouds go through the pulumi command" in done.stdout


PROTECTED = 'a = Thing("a", value="x")\nThing("b", options(depends_on=[a], protect=True))\nThing("c", value="z")'


def test_destroy_excluding_what_is_protected(stage):
    """What is protected stays with what it needs, the rest goes; and it is said how many are left."""
    stage.program(PROTECTED)
    stage.up()
    destroy = ("destroy", "--yes", "--skip-preview", "--exclude-protected")
    assert stage.run(*destroy, "--target", PREFIX + "conf:index:Thing::c").returncode == 1
    told = stage.must(*destroy)
    assert stage.effects() == [("Delete", "c")]
    assert "All unprotected resources were destroyed. There are still 4 protected resources" in told
    told = stage.must(*destroy)
    assert stage.effects() == []
    assert "There were no unprotected resources to destroy. There are still 4 protected resources" in told
    assert set(stage.world) == {"a-1", "b-1"}


def test_unprotecting_in_the_state(stage):
    """One by its URN or all of them; then destroy may delete them."""
    stage.program(PROTECTED)
    stage.up()
    urn = PREFIX + "conf:index:Thing::b"
    done = stage.run("destroy", "--yes", "--skip-preview")
    assert done.returncode == 1
    assert f"state unprotect '{urn}'" in done.stdout
    assert stage.run("state", "unprotect", "--yes").returncode == 1
    assert stage.run("state", "unprotect", urn).returncode == 1, "it has to be confirmed"
    assert stage.run("state", "unprotect", urn + "x", "--yes").returncode == 1
    assert stage.resource("b")["protect"] is True
    stage.must("state", "unprotect", urn, "--yes")
    assert "protect" not in stage.resource("b")
    stage.up()
    assert stage.resource("b")["protect"] is True
    stage.must("state", "unprotect", "--all", "--yes")
    stage.must("destroy", "--yes", "--skip-preview")
    assert stage.world == {}


def test_forgetting_in_the_state(stage):
    """What others need, or what is protected, is not forgotten unless that is said; nothing that exists is touched."""
    stage.program(PROTECTED)
    stage.up()
    forget = ("state", "delete", "--yes")
    done = stage.run(*forget, PREFIX + "conf:index:Thing::a")
    assert done.returncode == 1
    assert '* "b"' in done.stderr
    done = stage.run(*forget, PREFIX + "conf:index:Thing::b")
    assert done.returncode == 1
    assert "because it is protected" in done.stderr
    assert stage.run(*forget, PREFIX + "conf:index:Thing::nobody").returncode == 1
    assert len(stage.latest["resources"]) == 5
    stage.must(*forget, PREFIX + "conf:index:Thing::c")
    stage.must(*forget, PREFIX + "conf:index:Thing::a", "--target-dependents", "--force")
    assert stage.calls == []
    assert len(stage.latest["resources"]) == 2
    assert set(stage.world) == {"a-1", "b-1", "c-1"}


def test_a_note_for_the_history(stage):
    """``--message`` is kept with the operation; a flag that this engine does not have is refused."""
    stage.program('Thing("a", value="x")')
    stage.up("--message", "the first one")
    entries = (stage.folder / "state/.pulumi/history/conformance/test").glob("*.history.json")
    assert [json.loads(path.read_text())["message"] for path in entries] == ["the first one"]


def test_a_preview_names_every_type_that_nothing_serves(stage):
    """It goes on past the first, past what depends on it as well, and fails in the end; nothing is said to go."""
    stage.program(
        """
class Other(pulumi.CustomResource):
    def __init__(self, package, name, opts=None):
        super().__init__(f"{package}:index:Other", name, {}, opts)


Thing("before" if STEP == 1 else "after", value="x")
if STEP == 2:
    first = Other("nowhere", "first")
    Other("neither", "second", options(depends_on=[first]))
"""
    )
    stage.up()
    stage.step(2)
    done = stage.call("preview", "--stack", "test", PATH="/usr/bin:/bin")
    assert done.returncode == 1
    assert "no provider for the package 'nowhere'" in done.stdout
    assert "no provider for the package 'neither'" in done.stdout
    assert "to delete" not in done.stdout
