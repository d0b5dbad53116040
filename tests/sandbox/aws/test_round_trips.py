"""Every type: made, read, changed, deleted; what is read back is what was asked for."""

import pytest

from slipway.providers.protocol.owners import OwnersInMemory
from slipway.sandbox.handler import CloudError
from tests.sandbox.aws.materials import cases, load

pytestmark = pytest.mark.services
UNREADABLE = {
    "code",
    "publish",
    "skipDestroy",
    "forceDelete",
    "forceDestroy",
    "forceDetachPolicies",
    "content",
    "source",
}
"""Inputs that AWS does not give back."""
SHARED = frozenset({"aws:iam/rolePolicyAttachment:RolePolicyAttachment"})
"""Types of which several resources may declare the same, in AWS too."""
REFUSAL = "[Aa]lready|is there already|exists|created by"


@pytest.fixture(params=cases("round_trips"), ids=lambda path: path.stem)
def case(request, name, tmp_path, kind):
    """A case whose needs are there, and are gone again after the test."""
    case = load(request.param, name, tmp_path)
    made = []
    for need in case.get("needs", []):
        of_kind = kind(need["type"])
        made.append((of_kind, *of_kind.create(need["inputs"]), need["inputs"]))
    yield case
    for of_kind, id, _, inputs in reversed(made):
        of_kind.delete(id, inputs)
        assert of_kind.read(of_kind.address(inputs)) is None


def test_made_read_changed_deleted(case, kind):
    """A resource reads back as it was asked for, after its creation and after a change, and is gone after deletion.

    Another stack's resource of the same name is refused; an interrupted creation of its own is taken over.
    """
    of_kind = kind(case["type"])
    given = case["inputs"]
    record, address = OwnersInMemory(), of_kind.address(given)
    id, made = of_kind.create(given, record)
    assert _asked(of_kind, given) == _seen(of_kind, given, of_kind.read(address))
    assert of_kind.read(address) == made
    assert made | case["outputs"] == made

    if case["type"] not in SHARED:
        with pytest.raises(CloudError, match=REFUSAL):
            of_kind.create(given, record, stack="prod")
        assert of_kind.read(address) == made, "the first stack has lost nothing"
        with pytest.raises(CloudError, match=REFUSAL):
            of_kind.create(given, record, stack="prod", resumes=True)
    again, adopted = of_kind.create(given, record, resumes=True)
    assert (again, adopted.get("arn")) == (id, made.get("arn")), "an interrupted creation of the same URN is taken over"

    if "changed" in case:
        changed = {key: value for key, value in {**given, **case["changed"]}.items() if value is not None}
        updated = of_kind.update(id, given, changed)
        assert _asked(of_kind, changed) == _seen(of_kind, changed, of_kind.read(address))
        assert updated | case.get("changed_outputs", {}) == updated
        given = changed

    of_kind.delete(id, given)
    if not case.get("stays"):
        assert of_kind.read(address) is None
    of_kind.delete(id, given)


def _asked(of_kind, given):
    return {key: value for key, value in of_kind.inputs(given).items() if key not in UNREADABLE}


def _seen(of_kind, given, there):
    assert there is not None
    return {key: there.get(key) for key in _asked(of_kind, given)}
