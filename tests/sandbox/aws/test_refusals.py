"""What AWS refuses, the sandbox refuses: one data file a case."""

import pytest

from slipway.sandbox.aws.package import PACKAGE
from slipway.sandbox.handler import CloudError
from tests.sandbox.aws.materials import cases, load

pytestmark = pytest.mark.services


@pytest.mark.parametrize("path", cases("cases"), ids=lambda path: path.stem)
def test_refused_in_the_clouds_words(path, name, tmp_path, request):
    """The check names the property and what is wrong with it; or the creation fails with AWS's words."""
    case = load(path, name, tmp_path)
    handler = PACKAGE.handlers[case["type"]]
    inputs = handler.defaults(case["inputs"])
    if "check" in case:
        assert handler.check(inputs) == case["check"]
        return
    if "check_starts" in case:
        wrong = handler.check(inputs)
        assert wrong.keys() == case["check_starts"].keys()
        assert all(wrong[key].startswith(start) for key, start in case["check_starts"].items())
        return
    kind = request.getfixturevalue("kind")
    needed = [(kind(need["type"]), need["inputs"]) for need in case.get("needs", [])]
    made = [(of_kind, of_kind.create(given)[0], given) for of_kind, given in needed]
    with pytest.raises(CloudError) as refused:
        kind(case["type"]).create(case["inputs"])
    assert str(refused.value) == case["refused"]
    assert refused.value.transient == case.get("transient", False)
    for of_kind, id, given in reversed(made):
        of_kind.delete(id, given)
