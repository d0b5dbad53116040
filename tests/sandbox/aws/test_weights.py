"""Weighted aliases: which version a call gets, decided once from the weights and once by the running emulator."""

from collections import Counter

import pytest

from slipway.sandbox.aws import function_versions, functions
from slipway.sandbox.aws.weights import chosen
from tests.sandbox.aws.test_live_function import REGION, Deployed

CALLS = 200


@pytest.fixture
def deployed(kind, name, tmp_path):
    """A function that answers with its version, published once."""
    return Deployed(kind, name, tmp_path)


@pytest.mark.parametrize(
    ("point", "version"), [(0.0, "2"), (0.0999, "2"), (0.1, "3"), (0.29, "3"), (0.31, "1"), (0.9999, "1")]
)
def test_a_call_falls_where_the_weights_say(point: float, version: str):
    """The further versions get their shares, and the alias's own what is left."""
    alias = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1, "3": 0.2}}}
    assert chosen(alias, point) == version


def test_without_weights_it_is_the_aliass_own():
    """No routing, or an empty one."""
    assert chosen({"FunctionVersion": "4"}, 0.0) == "4"
    assert chosen({"FunctionVersion": "4", "RoutingConfig": {"AdditionalVersionWeights": {}}}, 0.0) == "4"


@pytest.mark.services
def test_a_canary_gets_its_share_of_calls_and_of_requests(deployed, kind, endpoint):
    """By the API and by the address alike; the chance that this fails by bad luck is under one in 10,000."""
    deployed.make_log_group()
    deployed.make_url()
    deployed.permit("lambda:InvokeFunctionUrl", functionUrlAuthType="NONE")
    deployed.permit("lambda:InvokeFunction", invokedViaFunctionUrl=True)
    deployed.deploy("two")
    split = {**deployed.alias, "functionVersion": "1", "routingConfig": {"additionalVersionWeights": {"2": 0.3}}}
    made = kind("aws:lambda/alias:Alias").update(f"{deployed.name}/live", deployed.alias, split)
    assert made["routingConfig"] == {"additionalVersionWeights": {"2": 0.3}}

    asked = Counter(deployed.get("/x")[1] for _ in range(CALLS))
    assert set(asked) == {"/x one", "/x two"}
    assert 0.14 < asked["/x two"] / CALLS < 0.46
    called = Counter(
        functions.invoke(endpoint, REGION, deployed.name, "live", b'{"key1": "x"}').log_tail.count("logged 2")
        for _ in range(CALLS)
    )
    assert 0.14 < called[1] / CALLS < 0.46


@pytest.mark.services
def test_published_versions_are_listed_and_deleted(deployed, kind, endpoint):
    """Newest first, with the alias's shares; what an alias points at Lambda does not delete."""
    from slipway.sandbox.handler import CloudError

    deployed.deploy("two")
    deployed.deploy("three")
    found = function_versions.versions(endpoint, REGION, deployed.name, "live")
    assert [(one.number, one.share, one.digest) for one in found] == [("3", 1, ""), ("2", 0, ""), ("1", 0, "")]
    assert found[0].made >= found[2].made
    function_versions.delete_versions(endpoint, REGION, deployed.name, ["1", "2", "1"])
    assert [one.number for one in function_versions.versions(endpoint, REGION, deployed.name, "live")] == ["3"]
    with pytest.raises(CloudError, match="referenced by an alias"):
        function_versions.delete_versions(endpoint, REGION, deployed.name, ["3"])
