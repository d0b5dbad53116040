"""App Engine services that a stack has let go: what of them may be deleted, and by which proof."""

import pytest

from slipway.verbs.ended_services import Ended, plan

API, DEFAULT = "apps/p/services/api", "apps/p/services/default"
OTHERS = "others have versions in it: theirs"
FOREVER = "App Engine keeps its service `default` as long as its application"
CASES = {
    "only its own versions": (API, ["v1", "v2"], ["v1", "v2"], [], Ended(path=API, whole=True)),
    "another's beside them": (API, ["v1", "theirs"], ["v1"], [], Ended(path=API, versions=("v1",), why=OTHERS)),
    "a failed run's version": (API, ["v1", "v2"], ["v1", "v2"], ["v1"], Ended(path=API, versions=("v2",))),
    "already gone": (API, ["v1"], ["v1", "v2"], ["v1"], Ended(path=API)),
    "the default service": (DEFAULT, ["v1"], ["v1"], [], Ended(path=DEFAULT, versions=("v1",), why=FOREVER)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_service_goes_where_each_of_its_versions_is_the_stacks(case: str):
    """What others have made stays, and with it the service; what the stack still declares stays too."""
    path, live, made, declared, expected = CASES[case]
    assert plan(path, live, made=made, declared=declared) == expected
