"""Images: built and pushed once, known by digest, gone with their resource."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson

from slipway.bundle import Cache, container_context
from slipway.bundle.contexts import unpacked
from slipway.providers.protocol import wire
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.docker import builds, image_times, owned_images, registries, store
from slipway.sandbox.docker.client import connect
from slipway.sandbox.docker.older_images import remove_older
from slipway.wire.images import parse
from tests.sandbox.conftest import Refused
from tests.sandbox.docker.conftest import IMAGE, PUSHED, REMOTE, TAG, Bench

pytestmark = [pytest.mark.docker, pytest.mark.services]

# Two layers above the base: the second one holds the app's only file.
APP = {
    "Dockerfile": "ARG BASE\nFROM ${BASE}\nCOPY deps.txt /\nCOPY main.py /\nUSER 10001:10001\n",
    "deps.txt": "a\n",
    "main.py": "print('one')\n",
}


def test_an_image_is_built_and_pushed_and_goes_with_its_resource(bench: Bench, context: Callable[..., Path]):
    """By digest it is what the registry has; once deleted neither the daemon nor the registry has any of it."""
    id, made = bench.caller.made(IMAGE, bench.image(context(APP)))
    repository, _, digest = made["repoDigest"].partition("@")
    assert (repository, digest[:7]) == (f"{bench.address}/stack/app", "sha256:")
    assert bench.tags() == ["stack/app:1"]
    assert bench.client.images.get(made["repoDigest"]).attrs["Config"]["User"] == "10001:10001"
    assert bench.left() == [f"image {bench.address}/stack/app:1"]
    bench.caller.delete(IMAGE, id, made)
    assert bench.tags() == []
    assert bench.left() == []
    blobs = bench.state_folder / "sandbox/registry/images/docker/registry/v2/blobs"
    assert not list(blobs.rglob("data"))


def test_two_sandboxes_build_the_same_image(bench: Bench, context: Callable[..., Path]):
    """The same sources and the same time are the same id; each sandbox removes its own name alone."""
    args = {"BASE": bench.tiny, "SOURCE_DATE_EPOCH": "86400"}
    id, made = bench.caller.made(IMAGE, bench.image(context(APP), args=args))
    image = bench.client.images.get(made["repoDigest"])
    assert image.attrs["Created"] == "1970-01-02T00:00:00Z"
    assert {step["Created"] for step in image.history()} == {86400}
    assert not [label for label in image.labels if label.startswith("slipway.home")]
    environment = cloud_variables(bench.state_folder)
    other = connect(environment={**environment, "SLIPWAY_HOME": f"{bench.state_folder}-of-another"})
    spec = builds.Build(name="slipway-tests/other:1", context=context(APP, "other"), args=args)
    assert image_times.with_time(other, builds.build(other, spec), spec.name, spec.args) == image.id
    owned_images.own(other, spec.name, None)
    bench.caller.delete(IMAGE, id, made)
    assert bench.left() == []
    assert owned_images.names_of(bench.client.images.get(spec.name), other.mark) == [spec.name]
    owned_images.remove_all(bench.client, other.mark)
    assert owned_images.owned(bench.client, other.mark) == []


def test_a_preview_builds_nothing_and_knows_the_name(bench: Bench, context: Callable[..., Path]):
    """What depends on the tag can be planned; the digest is what nobody knows yet."""
    inputs = bench.caller.checked(IMAGE, bench.image(context(APP)))
    _, planned = bench.caller.create(IMAGE, inputs, preview=True)
    planned = wire.plain_props(planned)
    assert planned["imageName"] == f"{bench.address}/stack/app:1"
    assert planned["repoDigest"] is wire.UNKNOWN
    assert bench.left() == []
    assert bench.tags() == []


def test_the_context_decides_whether_an_image_is_built_again(bench: Bench, context: Callable[..., Path]):
    """An edited file does, a new password of the registry and a file that the build never sees do not."""
    folder = context({**APP, ".dockerignore": "notes.txt\n", "notes.txt": "x"})
    before = bench.caller.checked(IMAGE, bench.image(folder))
    again = bench.image(folder)
    again["registry"]["password"] = "another"
    (folder / "notes.txt").write_text("y")
    assert not bench.caller.diff(IMAGE, before, bench.caller.checked(IMAGE, again)).detailedDiff
    (folder / "main.py").write_text("print('two')\n")
    changed = bench.caller.diff(IMAGE, before, bench.caller.checked(IMAGE, again))
    assert list(changed.detailedDiff) == ["build.contextDigest"]
    assert not changed.replaces


def test_an_edited_line_makes_one_new_layer(bench: Bench, context: Callable[..., Path]):
    """All that was below it is taken from the build before, and is not pushed again."""
    folder = context(APP)
    old = bench.caller.checked(IMAGE, bench.image(folder))
    id, made = bench.caller.made(IMAGE, bench.image(folder))
    first = bench.client.images.get(made["repoDigest"]).attrs["RootFS"]["Layers"]
    (folder / "main.py").write_text("print('two')\n")
    new = bench.caller.checked(IMAGE, bench.image(folder, tag="2"))
    updated = bench.plain(bench.caller.update(IMAGE, id, {**old, **made}, new))
    second = bench.client.images.get(updated["repoDigest"]).attrs["RootFS"]["Layers"]
    assert second[:-1] == first[:-1]
    assert second[-1] != first[-1]
    assert bench.tags() == ["stack/app:1", "stack/app:2"]
    bench.caller.delete(IMAGE, id, updated)
    assert (bench.tags(), bench.left()) == ([], [])


def test_older_images_go_and_the_registrys_disk_is_freed(bench: Bench, context: Callable[..., Path]):
    """From the daemon and the registry at once; from the disk once it is worth its time, by the next deployment."""
    folder = context(APP)
    state = bench.caller.checked(IMAGE, bench.image(folder, tag="0"))
    id, made = bench.caller.made(IMAGE, bench.image(folder, tag="0"))

    def deploy(number: int) -> str:
        nonlocal state, made
        (folder / "main.py").write_text(f"print({number})\n")
        new = bench.caller.checked(IMAGE, bench.image(folder, tag=f"{number}"))
        made = bench.plain(bench.caller.update(IMAGE, id, {**state, **made}, new))
        state = new
        return made["repoDigest"]

    newest = [deploy(number) for number in range(1, registries.SWEPT_AT + 1)][-1]
    blobs = bench.state_folder / "sandbox/registry/images/docker/registry/v2/blobs"
    before = len(list(blobs.rglob("data")))
    gone = remove_older(connect(environment=cloud_variables(bench.state_folder)), [newest])
    assert gone == [f"{bench.address}/stack/app:{number}" for number in range(registries.SWEPT_AT)]
    assert bench.tags() == [f"stack/app:{registries.SWEPT_AT}"]
    assert bench.left() == [f"image {bench.address}/stack/app:{registries.SWEPT_AT}"]
    deploy(registries.SWEPT_AT + 1)
    assert len(list(blobs.rglob("data"))) < before
    bench.caller.delete(IMAGE, id, {**state, **made})
    assert (bench.tags(), bench.left()) == ([], [])


@pytest.mark.parametrize("whose", ["the bundle's", "another's"])
def test_every_edit_is_in_the_image(bench: Bench, context: Callable[..., Path], tmp_path: Path, whose: str):
    """Of the same size and, in folders that are not the bundle's, of the same time: BuildKit compares no contents.

    The bundle's contexts come from one place, so that only what differs is sent; deleted, the image has none.
    """
    shown = ["sh", "-c", "read line < /main.py; echo $line"]
    place = builds.place_of(connect(environment=cloud_variables(bench.state_folder)), "stack/app")
    id, made = "", {}
    for number, word in enumerate(("one", "two", "one")):
        source = context({**APP, "main.py": f"{word}\n"})
        folder = unpacked(container_context(source, cache=Cache(tmp_path / "cache")))
        if whose == "another's":
            folder = shutil.copytree(folder, tmp_path / f"copy-{number}", copy_function=shutil.copyfile)
            for path in folder.iterdir():
                os.utime(path, (0, 0))
        id, made = bench.caller.made(IMAGE, bench.image(folder, tag=f"{number}"))
        said = bench.client.containers.run(made["repoDigest"], shown, remove=True)
        assert said == f"{word}\n".encode()
        assert place.is_symlink() == (whose == "the bundle's")
        assert not place.is_symlink() or place.resolve() == folder
    bench.caller.delete(IMAGE, id, made)
    assert not place.is_symlink()


def test_what_was_pushed_is_pulled_by_digest_and_named_again(bench: Bench, context: Callable[..., Path]):
    """Another tag of the same image has the same digest, wherever it was pulled to."""
    _, made = bench.caller.made(IMAGE, bench.image(context(APP)))
    bench.client.images.remove(bench.client.images.get(made["repoDigest"]).id, force=True)
    assert bench.left() == []
    remote, pulled = bench.caller.made(REMOTE, {"name": made["repoDigest"]})
    assert pulled["repoDigest"] == made["repoDigest"]
    other = f"{bench.address}/stack/other:2"
    tag, tagged = bench.caller.made(TAG, {"sourceImage": made["repoDigest"], "targetImage": other})
    digest, _ = bench.caller.made(PUSHED, {"name": other})
    assert made["repoDigest"].endswith(digest)
    assert bench.tags() == ["stack/app:1", "stack/other:2"]
    bench.caller.delete(PUSHED, digest, {"name": other})
    bench.caller.delete(TAG, tag, {"sourceImage": made["repoDigest"], "targetImage": other, **tagged})
    bench.caller.delete(REMOTE, remote, {"name": made["repoDigest"], **pulled})
    assert (bench.tags(), bench.left()) == (["stack/app:1"], [])


def test_a_refresh_sees_what_the_registry_lost(bench: Bench, context: Callable[..., Path]):
    """An image that is not there any more is built again by the next command."""
    inputs = bench.caller.checked(IMAGE, bench.image(context(APP)))
    id, made = bench.caller.made(IMAGE, bench.image(context(APP)))
    state = {**inputs, **made}
    assert bench.plain(bench.caller.read(IMAGE, id, inputs, state).properties)["repoDigest"] == made["repoDigest"]
    bench.caller.delete(PUSHED, made["repoDigest"].partition("@")[2], {"name": state["imageName"]})
    assert bench.caller.read(IMAGE, id, inputs, state).id == ""


def test_the_registrys_password_is_its_owners(bench: Bench, context: Callable[..., Path]):
    """Nobody else may read the file; without the login the registry answers nobody; no output holds the password."""
    import httpx

    login = store.login(bench.state_folder)
    assert login is not None
    assert all(
        path.stat().st_mode & 0o077 == 0 for path in store.files(bench.state_folder).iterdir() if path.name != "images"
    )
    assert httpx.get(f"http://{bench.address}/v2/_catalog", trust_env=False).status_code == 401
    _, outputs = bench.caller.create(IMAGE, bench.caller.checked(IMAGE, bench.image(context(APP), tag="3")))
    told = json.loads(MessageToJson(outputs))
    told.pop("registry")  # the input, as it came
    assert login.password not in json.dumps(told)
    history = bench.client.api.history(f"{bench.address}/stack/app:3")
    assert login.password not in json.dumps(history)


@pytest.mark.parametrize(
    ("change", "key", "why"),
    [
        ({"imageName": "127.0.0.1:5000/Stack/app:1"}, "imageName", "repository name must be lowercase"),
        ({"imageName": "127.0.0.1:5000/stack/app:1 0"}, "imageName", "invalid reference format"),
        ({"buildOnPreview": True}, "buildOnPreview", "never builds in a preview"),
        ({"build": {"context": "nowhere"}}, "build", "nowhere' not found"),
        ({"build": {"context": "https://example.com/x.git"}}, "build", "is remote"),
    ],
)
def test_what_cannot_be_built_is_refused_before_anything_is(bench: Bench, context, change: dict, key: str, why: str):
    """In the check, so that a preview tells it."""
    assert why in bench.caller.failures(IMAGE, {**bench.image(context(APP)), **change})[key]


@pytest.mark.parametrize(
    ("dockerfile", "why"),
    [
        ("ARG BASE\nFROM ${BASE}\nRUN echo before && false\n", "exit code: 1"),
        ("ARG BASE\nFROM ${BASE}\nCOPY nowhere.py /\n", "nowhere.py"),
        ("ARG BASE\nFROM ${BASE}\nBUILD it\n", "unknown instruction: BUILD"),
        ("FROM 127.0.0.1:1/nobody/nothing:1\n", "no image can be pulled here: name a base that this machine has"),
    ],
)
def test_a_build_that_fails_says_why_and_leaves_nothing(bench: Bench, context, dockerfile: str, why: str):
    """The end of the build's own output is the error; the next command begins where this one did."""
    with pytest.raises(Refused) as refused:
        bench.caller.made(IMAGE, bench.image(context({**APP, "Dockerfile": dockerfile}, "broken")))
    assert f"building {bench.address}/stack/app:1 failed" in refused.value.message
    assert why in refused.value.message
    assert (bench.tags(), bench.left()) == ([], [])
    bench.caller.made(IMAGE, bench.image(context(APP)))
    assert bench.tags() == ["stack/app:1"]


def test_a_registry_that_is_down_is_named_and_the_next_start_goes_on(bench: Bench, context: Callable[..., Path]):
    """What was built is pushed once the registry is back, with the password of its new start."""
    inputs = bench.image(context(APP))
    bench.stop_registry()
    with pytest.raises(Refused, match=r"the sandbox's registry at .* does not answer .*`slipway up` starts it again"):
        bench.caller.made(IMAGE, inputs)
    bench.start_registry()
    bench.caller.configure()
    _, made = bench.caller.made(IMAGE, bench.image(context(APP)))
    assert made["repoDigest"].startswith(bench.address)


def test_the_old_builder_builds_the_same(bench: Bench, context: Callable[..., Path]):
    """A stack may ask for it, and machines whose command lacks BuildKit have nothing else."""
    _, made = bench.caller.made(IMAGE, bench.image(context(APP), builderVersion="BuilderV1"))
    assert bench.client.images.get(made["repoDigest"]).attrs["Config"]["User"] == "10001:10001"
    with pytest.raises(Refused, match="returned a non-zero code: 3"):
        broken = context({**APP, "Dockerfile": "ARG BASE\nFROM ${BASE}\nRUN exit 3\n"}, "broken")
        bench.caller.made(IMAGE, bench.image(broken, tag="2", builderVersion="BuilderV1"))
    ended = bench.client.containers.list(all=True, filters={"status": "exited"})
    assert not [one for one in ended if one.attrs["Config"]["Cmd"] == ["/bin/sh", "-c", "exit 3"]]


def test_the_registrys_disk_is_freed_of_removed_images(bench: Bench, context: Callable[..., Path]):
    """What only they used, once five have gone; the image that stays is pulled by its digest all the same."""
    docker = connect(environment=cloud_variables(bench.state_folder))
    digests = []
    for number in range(registries.SWEPT_AT + 1):
        files = {"Dockerfile": "ARG BASE\nFROM ${BASE}\nCOPY data .\n", "data": str(number) * 200_000}
        _, made = bench.caller.made(IMAGE, bench.image(context(files, f"context-{number}"), tag=str(number)))
        digests.append(made["repoDigest"].partition("@")[2])
    layers = store.files(bench.state_folder) / "images/docker/registry/v2/blobs"
    before = len([path for path in layers.rglob("data") if path.is_file()])
    assert len(registries.remove_but(docker, "stack/app", digests[-1:])) == registries.SWEPT_AT
    registries.sweep(docker)
    after = len([path for path in layers.rglob("data") if path.is_file()])
    assert before - after == 3 * registries.SWEPT_AT  # of each: its manifest, its configuration, its own layer
    registries.pull(docker, parse(f"{bench.address}/stack/app@{digests[-1]}"))
