"""The targets' limits: checked before anything is packed or deployed, the largest files named."""

import os
from dataclasses import replace

import pytest

from slipway.bundle import BundleError, Cache, lambda_layer, lambda_zip
from slipway.bundle.build import build
from slipway.bundle.kinds import KINDS
from slipway.bundle.kinds.app_engine_zip import LIMITS as APP_ENGINE
from slipway.bundle.kinds.beanstalk_zip import LIMITS as BEANSTALK
from slipway.bundle.kinds.lambda_zip import LIMITS as LAMBDA
from slipway.bundle.limits import check_packed, check_unpacked
from slipway.bundle.plan import MB, Kind, Limits


def test_a_function_over_250_mb_is_refused_before_it_is_packed(folder, cache: Cache):
    """The refusal names the target's limit and the ten largest files, the largest first; nothing is written."""
    source = folder({"lambda_function.py": "x", **{f"model{i}.bin": b"" for i in range(12)}})
    for i in range(12):
        with (source / f"model{i}.bin").open("wb") as file:
            file.truncate((20 + i) * MB)
    with pytest.raises(BundleError) as refused:
        lambda_zip(source, cache=cache)
    first, *named = str(refused.value).splitlines()
    assert "the app app unpacks to 306 MB; AWS Lambda takes 250 MB" in first
    assert [line.split()[-1] for line in named] == [f"model{i}.bin" for i in range(11, 1, -1)]
    assert not list((cache.root / "artifacts").glob("*"))


def small(unpacked: int, direct: int | None = None) -> Kind:
    """The Lambda zip with limits that a test can reach in no time."""
    return replace(KINDS["lambda-zip"], limits=replace(LAMBDA, unpacked=unpacked, direct=direct))


def test_lambdas_limits_are_lambdas():
    """As its quotas say: 250 MB unpacked, 50 MB in a request."""
    assert (LAMBDA.unpacked, LAMBDA.direct) == (262_144_000, 52_428_800)


def test_packages_count_towards_the_limit(folder, cache: Cache, wheelhouse):
    """What the wheels unpack to is not known before they are installed; it is checked before anything is packed."""
    wheelhouse.add("huge", files={"huge/data.bin": bytes(3 * MB)})
    source = folder({"lambda_function.py": "x", "requirements.txt": wheelhouse.lock("huge")})
    with pytest.raises(BundleError, match=r"(?s)unpacks to 3 MB; AWS Lambda takes 2 MB.*3\.0 MB  huge/data\.bin"):
        build(small(2 * MB), source, cache=cache)
    assert not list((cache.root / "artifacts").glob("*"))


def test_layers_count_towards_the_functions_limit(folder, cache: Cache, wheelhouse):
    """Lambda adds up the function and its layers."""
    wheelhouse.add("big", files={"big/data.bin": bytes(2 * MB)})
    layer = lambda_layer(folder({"requirements.txt": wheelhouse.lock("big")}, "layer"), cache=cache)
    source = folder({"lambda_function.py": "x", "more.bin": bytes(2 * MB)})
    with pytest.raises(BundleError, match="unpacks to 4 MB, 2 MB of it in layers"):
        build(small(3 * MB), source, cache=cache, layers=(layer,))


def test_over_the_requests_limit_a_zip_goes_by_the_object_store(folder, cache: Cache):
    """The artifact says so, from the cache too; the component then uploads it to a bucket."""
    source = folder({"lambda_function.py": "x", "noise.bin": os.urandom(10_000)})
    assert lambda_zip(source, cache=cache).direct_upload
    for _ in range(2):
        assert not build(small(MB, direct=9_000), source, cache=cache).direct_upload


@pytest.mark.parametrize(
    ("limits", "sizes", "words"),
    [
        (
            APP_ENGINE,
            dict.fromkeys(map(str, range(10_001)), 1),
            "has 10001 files; App Engine standard takes 10000 files",
        ),
        (APP_ENGINE, {"a": 33 * MB}, "has a file of 33 MB; App Engine standard takes 32 MB a file"),
        (Limits(target="T", source="S", unpacked=10), {"a": 6, "b": 5}, r"takes 0 MB \(S\)"),
    ],
)
def test_each_limit_is_said_with_its_source(limits: Limits, sizes: dict[str, int], words: str):
    """Which target takes how much, and which page says so."""
    with pytest.raises(BundleError, match=words):
        check_unpacked("app", sizes, limits)


def test_a_packed_limit_is_checked():
    """Elastic Beanstalk counts the bundle as it is uploaded."""
    check_packed("app", 500 * MB, {}, BEANSTALK)
    with pytest.raises(BundleError, match="is 501 MB packed; Elastic Beanstalk takes 500 MB"):
        check_packed("app", 501 * MB, {"a": 1}, BEANSTALK)


def test_every_kind_says_whose_limits_it_keeps():
    """A limit without its source cannot be checked by a reader."""
    assert all(kind.limits.target and kind.limits.source for kind in KINDS.values())
