"""Types of the table of calls: made, read, changed and deleted on the emulator; each file is a small world."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.providers.protocol.owners import OwnersInMemory
from slipway.sandbox.aws.emulated import TABLE
from slipway.sandbox.aws.package import PACKAGE
from slipway.sandbox.handler import CloudError, Props
from tests.sandbox.aws.test_facts import _sdk_properties as sdk_properties

WORLDS = sorted((Path(__file__).parent / "emulated").glob("*.yaml"))
SHARED = frozenset({"aws:ecs/taskDefinition:TaskDefinition", "aws:sns/topicSubscription:TopicSubscription"})
"""Types whose id several resources may have: each makes a revision of its own, or AWS has one for all that ask."""
RETAGGED = frozenset(row.type for row in TABLE if row.tagging and "tags" not in row.fixed)
REFERENCE = re.compile(r"\$\{(\w+)\.(\w+)\}")


def resolved(value: Any, made: dict[str, Props]) -> Any:
    """A value with the properties of what was made before it."""
    if isinstance(value, dict):
        return {key: resolved(part, made) for key, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, made) for part in value]
    if not isinstance(value, str):
        return value
    return REFERENCE.sub(lambda matched: str(made[matched[1]][matched[2]]), value)


@pytest.mark.services
@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_is_made_changed_and_gone_again(path: Path, kind, name):
    """What is read back are the properties that the creation gave; a change is seen; what is deleted is not there."""
    rows = yaml.safe_load(path.read_text().replace("{name}", name))
    made: dict[str, Props] = {}
    ids: list[tuple[str, str, dict[str, Any]]] = []
    for row in rows:
        ((key, case),) = row.items()
        of_kind, inputs = kind(case["type"]), resolved(case["inputs"], made)
        id, outputs = of_kind.create(inputs)
        made[key] = {**of_kind.inputs(inputs), **outputs, "id": id}
        read = of_kind.handler.refresh or (lambda aws, id, _state, of_kind=of_kind: of_kind.read(id))
        there = read(of_kind.aws, id, made[key])
        assert there is not None, key
        assert {**made[key], **there} == made[key], key
        ids.append((key, id, case))
    for key, id, case in ids:
        of_kind = kind(case["type"])
        tagged = {"tags": {"team": "b"}} if case["type"] in RETAGGED else {}
        if "changed" in case or tagged:
            # An engine sends the whole state as what was there, with all that the cloud has filled in.
            new = {**resolved(case["inputs"], made), **tagged, **resolved(case.get("changed", {}), made)}
            outputs = of_kind.handler.calls.update(of_kind.aws, id, made[key], of_kind.inputs(new))
            for property in {*tagged, *case.get("changed", {})} & outputs.keys():
                assert outputs[property] == new[property], f"{key}: {property}"
            made[key] = {**made[key], **of_kind.inputs(new), **outputs}
    for key, id, case in reversed(ids):
        of_kind = kind(case["type"])
        of_kind.delete(id, made[key])
        read = of_kind.handler.refresh or (lambda aws, id, _state, of_kind=of_kind: of_kind.read(id))
        if not case.get("kept"):
            assert read(of_kind.aws, id, made[key]) is None, key
        of_kind.delete(id, made[key])


@pytest.mark.services
@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_second_stack_takes_nothing_from_the_first(path: Path, kind, name):
    """The same inputs from another stack are refused, or make another thing; the first thing stays as it was."""
    record, made, ids = OwnersInMemory(), {}, []
    taken = []
    for row in yaml.safe_load(path.read_text().replace("{name}", name)):
        ((key, case),) = row.items()
        of_kind, inputs = kind(case["type"]), resolved(case["inputs"], made)
        id, outputs = of_kind.create(inputs, record)
        made[key] = {**of_kind.inputs(inputs), **outputs, "id": id}
        ids.append((of_kind, id, key))
        read = of_kind.handler.refresh or (lambda aws, id, _state, of_kind=of_kind: of_kind.read(id))
        before = read(of_kind.aws, id, made[key])
        try:
            second, others = of_kind.create(inputs, record, stack="prod")
        except CloudError:
            second, others = "", {}
        if second == id and case["type"] not in SHARED:
            taken.append(case["type"])
        elif second and second != id:
            of_kind.delete(second, {**of_kind.inputs(inputs), **others})
        if read(of_kind.aws, id, made[key]) != before:
            taken.append(f"{case['type']}: changed")
    for of_kind, id, key in reversed(ids):
        of_kind.delete(id, made[key])
    assert not taken, "\n".join(taken)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.type)
def test_what_a_row_serves_are_the_sdks_inputs(row):
    """A misspelt input would be refused of every program, and never be sent."""
    assert row.inputs | row.read.keys() <= sdk_properties(row.type)


def test_every_type_of_the_table_is_in_a_world():
    """A row that was never played is a guess."""
    played = {case["type"] for path in WORLDS for row in yaml.safe_load(path.read_text()) for case in row.values()}
    assert {row.type for row in TABLE} - played == set()


def test_an_input_that_is_not_sent_is_refused():
    """So that the sandbox does not flatter."""
    wrong = PACKAGE.handlers["aws:ec2/vpc:Vpc"].check({"cidrBlock": "10.0.0.0/16", "ipv6NetmaskLength": 56})
    assert wrong == {"ipv6NetmaskLength": "the sandbox does not serve 'ipv6NetmaskLength' of a network: leave it out"}


def test_what_only_the_creation_takes_replaces():
    """The table says once what a call takes; from that follows what a change does."""
    subnet = PACKAGE.handlers["aws:ec2/subnet:Subnet"]
    assert {"cidrBlock", "vpcId"} <= subnet.replace_on
    assert "mapPublicIpOnLaunch" not in subnet.replace_on
