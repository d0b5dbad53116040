"""Why did this change? Files and packages by name, from manifests, summaries, the cache or the stack's outputs."""

import json
from dataclasses import replace

import pytest

from slipway.bundle import BundleError, Cache, artifact_output, lambda_zip, why, why_deployed
from slipway.bundle.artifact import digest_of
from slipway.bundle.changes import Moved, Why, summary_of
from slipway.stack.manifests import manifest_of

CODE = {"lambda_function.py": "x = 1\n", "gone.py": "x\n"}


def two(folder, cache: Cache, wheelhouse):
    wheelhouse.add("tool", "1.0", files={"tool_pkg/__init__.py": b"1", "tool_pkg/a.py": b"1"})
    wheelhouse.add("dropped", files={"dropped.py": b"1"})
    source = folder(CODE | {"requirements.txt": wheelhouse.lock("tool", "dropped")})
    old = lambda_zip(source, cache=cache)
    wheelhouse.add("tool", "2.0", files={"tool_pkg/__init__.py": b"2", "tool_pkg/b.py": b"2"})
    wheelhouse.add("fresh")
    (source / "gone.py").unlink()
    folder({"lambda_function.py": "x = 2\n", "new.py": "x", "requirements.txt": wheelhouse.lock("tool", "fresh")})
    return old, lambda_zip(source, cache=cache)


EXPECTED = Why(
    added=("new.py",),
    removed=("gone.py",),
    changed=("lambda_function.py",),
    packages=(Moved("dropped", "1.0", None), Moved("fresh", None, "1.0"), Moved("tool", "1.0", "2.0")),
)


def test_files_and_packages_are_named(folder, cache: Cache, wheelhouse):
    """Files of the app one by one; a package by its versions, whatever its modules are called."""
    old, new = two(folder, cache, wheelhouse)
    assert why_deployed(new, old.digest, None, cache) == EXPECTED
    assert list(EXPECTED.lines()) == [
        "+ new.py",
        "- gone.py",
        "~ lambda_function.py",
        "- package dropped 1.0",
        "+ package fresh 1.0",
        "~ package tool 1.0 -> 2.0",
    ]


def test_the_outputs_keep_the_digest_and_how_to_make_the_artifact_again(folder, cache: Cache, wheelhouse):
    """A manifest has thousands of digests, which no `pulumi up` should print."""
    old, _ = two(folder, cache, wheelhouse)
    assert json.loads(json.dumps(artifact_output(old))) == {
        "digest": old.digest,
        "kind": "lambda-zip",
        "options": {"python": "3.11", "architecture": "x86_64"},
    }


def test_a_manifest_from_elsewhere_is_enough(folder, cache: Cache, wheelhouse):
    """On a machine that never made the deployed artifact, the uploaded one explains nearly the same.

    Which package brought a file is not in it: where the folder has another name than the package, files are named.
    """
    old, new = two(folder, cache, wheelhouse)
    manifest = manifest_of(old.path.read_bytes())
    cache.clean()
    assert digest_of(manifest) == old.digest
    expected = replace(EXPECTED, removed=("gone.py", "tool_pkg/a.py"))
    assert why_deployed(new, old.digest, manifest, cache) == expected


def test_a_manifest_that_nobody_kept_is_said(folder, cache: Cache):
    """The message says where it was looked for, and what to do."""
    artifact = lambda_zip(folder(CODE), cache=cache)
    with pytest.raises(BundleError, match=r"is not in .*check out the deployed revision"):
        why_deployed(artifact, "0" * 64, None, cache)
    with pytest.raises(BundleError, match="is no digest"):
        why_deployed(artifact, "../../etc/passwd", None, cache)


def test_nothing_changed_is_said(folder, cache: Cache):
    """The same digest needs no manifest."""
    artifact = lambda_zip(folder(CODE), cache=cache)
    same = why_deployed(artifact, artifact.digest, None, cache)
    assert not same
    assert list(same.lines()) == ["nothing changed: what is deployed is what the folder makes"]


def test_another_build_of_the_same_version_is_told(folder, cache: Cache, wheelhouse):
    """A stack that moves to arm64 gets other wheels of the same versions."""
    wheelhouse.add("native", tag="cp311-cp311-manylinux_2_17_x86_64")
    first = wheelhouse.lock("native").strip()
    wheelhouse.add("native", tag="cp311-cp311-manylinux_2_17_aarch64")
    both = first + " \\\n    --hash=sha256:" + wheelhouse.hashes["native"][1] + "\n"
    source = folder(CODE | {"requirements.txt": both})
    old, new = lambda_zip(source, cache=cache), lambda_zip(source, architecture="arm64", cache=cache)
    assert list(why_deployed(new, old.digest, None, cache).lines()) == ["~ package native 1.0, another build of it"]


def test_without_owners_a_package_is_known_by_its_folder():
    """Two bare manifests are enough for most packages: those whose folder has their name."""
    old = {"main.py": "1", "a_b/x.py": "1", "a_b-1.0.dist-info/METADATA": "1", "c.py": "1"}
    new = {"main.py": "1", "a_b/x.py": "2", "a_b/y.py": "2", "a_b-2.0.dist-info/METADATA": "2", "c.py": "2"}
    assert why(old, new) == Why(changed=("c.py",), packages=(Moved("a-b", "1.0", "2.0"),))
    assert summary_of(new) == {"main.py": "1", "a_b-2.0.dist-info/METADATA": "2", "c.py": "2"}
