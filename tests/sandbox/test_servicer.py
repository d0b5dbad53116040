"""The provider protocol over gRPC, with handlers that keep their resources in a dictionary."""

import threading
import time
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2

from slipway.providers.protocol import wire
from slipway.sandbox.handler import Calls, CloudError, Handler, Package, Props

THING, PINNED = "fake:index/thing:Thing", "fake:index/pinned:Pinned"


class Fake:
    """A cloud of one kind of resource, which fails as its inputs say."""

    def __init__(self) -> None:
        self.things: dict[str, Props] = {}
        self.tries = 0
        self.at_once = threading.Barrier(2, timeout=5)

    def create(self, new: Props) -> tuple[str, Props]:
        fail = new.get("fail")
        self.tries += 1
        if fail == "refused":
            raise CloudError("the cloud says no")
        if fail == "bug":
            raise KeyError("a bug")
        if fail == "soon" and self.tries < 3:
            raise CloudError("not yet", transient=True)
        if fail == "always":
            raise CloudError("never", transient=True)
        if fail == "together":
            self.at_once.wait()
        self.things[new["name"]] = new
        if fail == "partial":
            raise CloudError("made, but not well", id=new["name"], properties={"serial": 7})
        return new["name"], {"serial": 7, "key": "hidden", "size": str(new.get("size", ""))}

    def update(self, id: str, _old: Props, new: Props) -> Props:
        if new.get("fail") == "partial":
            raise CloudError("half changed", id=id)
        self.things[id] = new
        return {"serial": 8, "key": "hidden"}


def check(new: Props) -> dict[str, str]:
    return {"size": f"must be under 10, got {new['size']}"} if new.get("size", 0) > 9 else {}


HANDLER = Handler(
    calls=Calls(
        create=lambda cloud, new: cloud.create(new),
        read=lambda cloud, id: cloud.things.get(id),
        update=lambda cloud, id, old, new: cloud.update(id, old, new),
        delete=lambda cloud, id, old: cloud.things.pop(id, None) and None,
    ),
    check=check,
    defaults=lambda new: {"zone": "a", **new},
    auto_name="name",
    replace_on=frozenset({"name", "disk.kind"}),
    delete_before_replace=True,
    computed=frozenset({"serial", "key"}),
    computed_within={"disk": frozenset({"path"})},
    volatile=frozenset({"serial"}),
    secret=frozenset({"key"}),
    echoes={"serial": "token"},
)
NO_UPDATE = Handler(
    calls=Calls(create=HANDLER.calls.create, read=HANDLER.calls.read, delete=HANDLER.calls.delete),
)


@pytest.fixture
def cloud() -> Fake:
    return Fake()


@pytest.fixture
def package(cloud: Fake) -> Package:
    return Package(
        name="fake",
        version="1.2.3",
        handlers={THING: HANDLER, PINNED: NO_UPDATE},
        connect=lambda config, environment: cloud,
        invokes={"fake:index:double": lambda _cloud, args: {"twice": args["n"] * 2}},
    )


@pytest.fixture
def call(serving: Any, package: Package) -> Any:
    caller = serving(package)
    caller.configure()
    return caller


def sealed(value: str) -> dict[str, Any]:
    return {wire.SIGNATURE: wire.SECRET, "value": value}


def raw(**props: Any) -> struct_pb2.Struct:
    """A struct as an engine sends it, marks and all."""
    found = struct_pb2.Struct()
    found.update(props)
    return found


def test_an_engine_is_told_what_the_host_can_do(call: Any) -> None:
    """Secrets and previews are taken; the plugin's version is the SDK's."""
    answer = call.configure()
    assert (answer.acceptSecrets, answer.supportsPreview, answer.acceptResources) == (True, True, False)
    assert call.call("GetPluginInfo", empty_pb2.Empty()).version == "1.2.3"


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Handshake", provider_pb2.ProviderHandshakeRequest()),
        ("GetSchema", provider_pb2.GetSchemaRequest()),
        ("GetMapping", provider_pb2.GetMappingRequest()),
        ("Parameterize", provider_pb2.ParameterizeRequest()),
        ("Construct", provider_pb2.ConstructRequest()),
    ],
)
def test_what_the_host_has_not_is_unimplemented(call: Any, method: str, request_: Any) -> None:
    """The engine takes UNIMPLEMENTED for an answer, and anything else for a broken provider."""
    with pytest.raises(Exception) as refusal:
        call.call(method, request_)
    assert refusal.value.code == grpc.StatusCode.UNIMPLEMENTED  # type: ignore[attr-defined]


def test_a_type_without_a_handler_fails_at_its_check(call: Any) -> None:
    """The error names the type and every type that is there."""
    with pytest.raises(Exception) as refusal:
        call.check("fake:index/other:Other", {})
    assert str(refusal.value) == (
        "the sandbox does not serve the resource type fake:index/other:Other; its package 'fake' has "
        "fake:index/pinned:Pinned, fake:index/thing:Thing"
    )


def test_a_check_fills_in_defaults_and_a_name(call: Any) -> None:
    """The name is the resource's and seven hexadecimal digits of the engine's seed: the same for the same seed."""
    first = call.checked(THING, {}, randomSeed=b"1")
    assert first["zone"] == "a"
    assert first["name"].startswith("thing-") and len(first["name"]) == len("thing-") + 7
    assert call.checked(THING, {}, randomSeed=b"1") == first
    assert call.checked(THING, {}, randomSeed=b"2") != first


def test_a_later_check_keeps_the_name(call: Any) -> None:
    """A resource keeps the automatic name it has; a given name wins."""
    assert call.checked(THING, {}, {"name": "thing-0000000"})["name"] == "thing-0000000"
    assert call.checked(THING, {"name": "mine"}, {"name": "thing-0000000"})["name"] == "mine"


def test_a_proposed_name_is_taken_and_disabled_names_are_asked_for(call: Any) -> None:
    """The project's own pattern for automatic names rules, or forbids them."""
    options = provider_pb2.CheckRequest.AutonamingOptions
    proposed = options(proposed_name="by-pattern", mode=options.PROPOSE)
    assert call.checked(THING, {}, autonaming=proposed)["name"] == "by-pattern"
    answer = call.check(THING, {}, autonaming=options(mode=options.DISABLE))
    assert [failure.property for failure in answer.failures] == ["name"]


def test_a_check_says_what_is_wrong_by_property(call: Any) -> None:
    """A failure names the property; an unknown is judged once it is known."""
    assert call.failures(THING, {"size": 12}) == {"size": "must be under 10, got 12"}
    assert call.failures(THING, {"size": wire.UNKNOWN}) == {}


def test_a_secret_stays_one_through_a_check(call: Any) -> None:
    """Checked inputs come back as they came, secrets inside lists and objects included."""
    given = raw(name="x", token=sealed("s"), users=[{"word": sealed("t")}])
    answer = call.check(THING, given)
    assert answer.inputs.fields["token"] == given.fields["token"]
    assert answer.inputs.fields["users"] == given.fields["users"]


def test_a_create_returns_inputs_and_outputs_and_seals_what_is_secret(call: Any, cloud: Fake) -> None:
    """An output whose input was secret is secret, and so is what the handler says always is."""
    id, outputs = call.create(THING, raw(name="x", size=sealed("4")))
    assert (id, cloud.things["x"]["size"]) == ("x", "4")
    assert wire.secret_keys(outputs) == {"size", "key"}
    assert wire.plain_props(outputs) == {"name": "x", "size": "4", "serial": 7, "key": "hidden"}


def test_an_output_that_repeats_a_secret_input_is_secret(call: Any) -> None:
    """A cloud that gives a sealed setting back would show it in the state: after a create, an update and a read."""
    given = raw(name="x", token=sealed("s"))
    _, outputs = call.create(THING, given)
    assert "serial" in wire.secret_keys(outputs)
    assert "serial" in wire.secret_keys(call.update(THING, "x", outputs, given))
    assert "serial" in wire.secret_keys(call.read(THING, "x", given, outputs).properties)
    assert "serial" not in wire.secret_keys(call.create(THING, {"name": "y", "token": "open"})[1])


def test_a_preview_creates_nothing_and_knows_the_inputs(call: Any, cloud: Fake) -> None:
    """Computed outputs are unknown; there is no id."""
    id, outputs = call.create(THING, {"name": "x"}, preview=True)
    found = wire.plain_props(outputs)
    assert (id, cloud.things, found["name"]) == ("", {}, "x")
    assert found["serial"] is wire.UNKNOWN and found["key"] is wire.UNKNOWN


def test_a_preview_of_an_update_knows_the_stable_outputs(call: Any, cloud: Fake) -> None:
    """What an update never touches keeps its value; the volatile is unknown; nothing is called."""
    old = {"name": "x", "size": 1, "serial": 7, "key": "hidden"}
    found = wire.plain_props(call.update(THING, "x", old, {"name": "x", "size": 2}, preview=True))
    assert found == {"name": "x", "size": 2, "serial": wire.UNKNOWN, "key": "hidden"}
    assert cloud.things == {}


def test_an_update_changes_it(call: Any, cloud: Fake) -> None:
    """The new inputs and the handler's outputs come back."""
    found = wire.plain_props(call.update(THING, "x", {"name": "x"}, {"name": "x", "size": 2}))
    assert (found["serial"], cloud.things["x"]) == (8, {"name": "x", "size": 2})


def test_a_diff_names_the_paths_and_what_replaces(call: Any) -> None:
    """Nested properties are told apart; a change below a path that replaces does so, and deletes first."""
    answer = call.diff(
        THING, {"name": "x", "disk": {"kind": "a", "gb": 1}}, {"name": "x", "disk": {"kind": "b", "gb": 2}}
    )
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(item.kind) for path, item in answer.detailedDiff.items()}
    assert kinds == {"disk.gb": "UPDATE", "disk.kind": "UPDATE_REPLACE"}
    assert (list(answer.diffs), list(answer.replaces), answer.deleteBeforeReplace) == (["disk"], ["disk"], True)


def test_equal_inputs_make_no_diff(call: Any) -> None:
    """Secret or not, the value counts; ignored changes do not."""
    none = provider_pb2.DiffResponse.DIFF_NONE
    assert call.diff(THING, raw(name=sealed("x")), {"name": "x"}).changes == none
    assert call.diff(THING, {"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, ignore=("a.b",)).changes == none


def test_a_handler_without_an_update_replaces(call: Any) -> None:
    """Every change of such a resource needs a new one."""
    assert list(call.diff(PINNED, {"a": 1}, {"a": 2}).replaces) == ["a"]


def test_a_refresh_reads_over_the_state_and_finds_what_is_gone(call: Any, cloud: Fake) -> None:
    """Inputs are those the program gave, with the values that are there; nothing there: an empty id."""
    cloud.things["x"] = {"name": "x", "size": 5, "zone": "b"}
    answer = call.read(THING, "x", {"name": "x", "size": 1}, {"name": "x", "size": 1, "serial": 7})
    assert wire.plain_props(answer.inputs) == {"name": "x", "size": 5}
    assert wire.plain_props(answer.properties) == {"name": "x", "size": 5, "zone": "b", "serial": 7}
    assert call.read(THING, "gone", {"name": "gone"}).id == ""


def test_a_refresh_leaves_out_of_an_input_what_the_cloud_fills_in(call: Any, cloud: Fake) -> None:
    """Or the next preview would take it away again; the outputs have it."""
    cloud.things["x"] = {"name": "x", "disk": {"kind": "ssd", "path": "/dev/a"}}
    answer = call.read(THING, "x", {"name": "x", "disk": {"kind": "hdd"}}, {"name": "x", "disk": {"kind": "hdd"}})
    assert wire.plain_props(answer.inputs)["disk"] == {"kind": "ssd"}
    assert wire.plain_props(answer.properties)["disk"] == {"kind": "ssd", "path": "/dev/a"}


def test_an_import_takes_everything_that_is_an_input(call: Any, cloud: Fake) -> None:
    """Without inputs to go by, all but the computed outputs are inputs."""
    cloud.things["x"] = {"name": "x", "size": 5, "serial": 9}
    assert wire.plain_props(call.read(THING, "x").inputs) == {"name": "x", "size": 5}


def test_a_delete_that_finds_nothing_has_deleted(call: Any, cloud: Fake) -> None:
    """Deleting twice is fine."""
    cloud.things["x"] = {}
    call.delete(THING, "x", {})
    call.delete(THING, "x", {})
    assert cloud.things == {}


def test_a_refusal_comes_in_the_clouds_words(call: Any) -> None:
    """Nothing is added to what the cloud says."""
    with pytest.raises(Exception, match=r"^the cloud says no$"):
        call.create(THING, {"name": "x", "fail": "refused"})


def test_a_bug_in_a_handler_names_the_type_and_the_log(call: Any) -> None:
    """No traceback reaches the user, and neither does a hung call."""
    with pytest.raises(Exception) as refusal:
        call.create(THING, {"name": "x", "fail": "bug"})
    assert str(refusal.value) == (
        "the sandbox's handler of fake:index/thing:Thing failed: KeyError: 'a bug'; "
        "the log of the provider host (sandbox/logs/host.log) has more"
    )


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_partial_failure_keeps_what_there_is(call: Any, verb: str) -> None:
    """Id, outputs and the reason come as the detail that engines keep in the state."""
    inputs = {"name": "x", "fail": "partial"}
    with pytest.raises(Exception) as refusal:
        call.create(THING, inputs) if verb == "create" else call.update(THING, "x", inputs, inputs)
    detail = refusal.value.partial  # type: ignore[attr-defined]
    assert (detail.id, list(detail.reasons)) == ("x", [str(refusal.value)])
    assert wire.plain_props(detail.properties)["name"] == "x"


def test_a_passing_refusal_is_tried_again(call: Any, cloud: Fake) -> None:
    """What the cloud asks to try again is tried until it works."""
    assert call.create(THING, {"name": "x", "fail": "soon"})[0] == "x"
    assert cloud.tries == 3


def test_cancel_ends_the_trying(call: Any, cloud: Fake) -> None:
    """After Cancel the last refusal is the answer; the next command's Configure starts afresh."""
    threading.Timer(0.3, call.cancel).start()
    began = time.monotonic()
    with pytest.raises(Exception, match="never"):
        call.create(THING, {"name": "x", "fail": "always"})
    assert time.monotonic() - began < 15
    call.configure()
    cloud.tries = 0
    assert call.create(THING, {"name": "y", "fail": "soon"})[0] == "y"


def test_creates_run_at_the_same_time(call: Any, cloud: Fake) -> None:
    """Two creates that wait for each other both end."""
    names = ["x", "y"]
    threads = [threading.Thread(target=call.create, args=(THING, {"name": n, "fail": "together"})) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(cloud.things) == names


def test_work_that_an_interrupted_engine_never_heard_of_is_taken_up(call: Any, cloud: Fake) -> None:
    """The same create again answers with what is there instead of making it twice."""
    request = provider_pb2.CreateRequest(
        urn="urn:pulumi:test::slipway::fake:index/thing:Thing::thing",
        properties=wire.to_struct({"name": "x", "fail": "together"}, secret=frozenset(), origin=struct_pb2.Struct()),
    )
    future = call.stub.Create.future(request)
    while not cloud.at_once.n_waiting:
        time.sleep(0.01)
    future.cancel()
    time.sleep(0.2)
    cloud.at_once.wait()
    time.sleep(0.2)
    assert call.call("Create", request).id == "x"
    assert cloud.tries == 1


def test_a_function_answers(call: Any) -> None:
    """An invoke gets plain values; one that is not there is refused with those that are."""
    request = provider_pb2.InvokeRequest(tok="fake:index:double", args=raw(n=4))
    assert getattr(call.call("Invoke", request), "return")["twice"] == 8
    with pytest.raises(Exception, match=r"the function fake:index:no; its package 'fake' has fake:index:doub"):
        call.call("Invoke", provider_pb2.InvokeRequest(tok="fake:index:no"))


def test_the_cloud_is_connected_anew_where_a_service_has_moved(serving: Any) -> None:
    """Configure connects once for the same variables and configuration, again for others."""
    seen = []
    environment = {"ENDPOINT": "1"}
    package = Package("fake", "1", {}, lambda config, environment: seen.append((config, dict(environment))))
    caller = serving(package, lambda: dict(environment))
    caller.configure(region="x", defaultTags={"tags": {"a": "b"}})
    seen_first = list(seen)
    environment["ENDPOINT"] = "2"
    caller.configure(region="x", defaultTags={"tags": {"a": "b"}})
    config = {"region": "x", "defaultTags": {"tags": {"a": "b"}}}
    assert seen_first == [(config, {"ENDPOINT": "1"})]
    assert seen[-1] == (config, {"ENDPOINT": "2"})
