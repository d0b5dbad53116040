"""What a creation may take over: only what an interrupted creation of the same URN has made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slipway.providers.protocol import creating
from slipway.providers.protocol.owners import Owners, OwnersInMemory
from slipway.sandbox.composition import orphans
from slipway.sandbox.handler import Calls, CloudError, Creation, Handler, Props
from slipway.sandbox.stores.owners import RecordedOwners

TYPE = "fake:index/thing:Thing"


class Cloud(dict[str, Props]):
    """Things by name, which the cloud gives out once."""

    def create(self, new: Props) -> tuple[str, Props]:
        if new["name"] in self:
            raise CloudError("409: the name is taken")
        self[new["name"]] = dict(new)
        if new.get("size") == "half":
            raise KeyboardInterrupt
        return new["name"], {}

    def change(self, id: str, new: Props) -> Props:
        self[id] = dict(new)
        return {}


HANDLER = Handler(
    calls=Calls(
        create=lambda cloud, new: cloud.create(new),
        read=lambda cloud, id: cloud.get(id),
        update=lambda cloud, id, _old, new: cloud.change(id, new),
        delete=lambda cloud, id, _old: cloud.pop(id, None),
    ),
    identify=lambda _cloud, new: new["name"],
    replace_on=frozenset({"place"}),
)


def asked(stack: str = "dev", name: str = "thing", *, resumes: bool = False) -> Creation:
    return Creation(urn=f"urn:pulumi:{stack}::project::{TYPE}::{name}", resumes=resumes)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture(params=["memory", "file"])
def record(request: Any, tmp_path: Path) -> Owners:
    return OwnersInMemory() if request.param == "memory" else RecordedOwners(tmp_path)


def make(cloud: Cloud, record: Owners, request: Creation, **inputs: Any) -> tuple[str, Props]:
    return creating.create(HANDLER, cloud, {"name": "n", **inputs}, record, request)


@pytest.mark.parametrize(
    "other", [asked("prod"), asked("prod", resumes=True), asked(name="renamed"), asked(name="renamed", resumes=True)]
)
def test_anothers_thing_is_refused_in_the_clouds_words(cloud: Cloud, record: Owners, other: Creation) -> None:
    """A second stack, a renamed resource: an interrupted one of theirs proves nothing."""
    make(cloud, record, asked())
    with pytest.raises(CloudError, match=r"^409: the name is taken$"):
        make(cloud, record, other, size=2)
    assert cloud == {"n": {"name": "n"}}
    assert make(cloud, record, asked(resumes=True)) == ("n", {}), "the refusal took nothing of the owner's claim"


def test_a_thing_made_by_hand_is_refused_even_after_an_interruption(cloud: Cloud, record: Owners) -> None:
    """The engine's word alone is no proof: nothing says that this URN made it."""
    cloud["n"] = {"name": "n"}
    for resumes in (False, True):
        with pytest.raises(CloudError, match="409"):
            make(cloud, record, asked(resumes=resumes))


def test_a_thing_whose_creator_died_is_taken_over_and_finished(cloud: Cloud, record: Owners) -> None:
    """The claim is written before the cloud is asked, so it is there although the creation never came back."""
    with pytest.raises(KeyboardInterrupt):
        make(cloud, record, asked(), size="half")
    with pytest.raises(CloudError, match="409"):
        make(cloud, record, asked("prod", resumes=True))
    assert make(cloud, record, asked(), size="whole")[0] == "n"
    assert cloud["n"]["size"] == "whole"


def test_what_cannot_be_changed_into_what_is_asked_now_is_made_again(cloud: Cloud, record: Owners) -> None:
    """The program moved the resource between the interruption and the next command."""
    make(cloud, record, asked(), place="here")
    make(cloud, record, asked(resumes=True), place="there")
    assert cloud["n"]["place"] == "there"


def test_a_thing_that_is_gone_is_free(cloud: Cloud, record: Owners) -> None:
    """After its deletion another resource may have the name, and then it is that one's."""
    make(cloud, record, asked())
    HANDLER.calls.delete(cloud, "n", {})
    creating.freed(HANDLER, cloud, asked().urn, "n", {"name": "n"}, record)
    make(cloud, record, asked("prod"))
    with pytest.raises(CloudError, match="409"):
        make(cloud, record, asked(resumes=True))


def test_a_resource_under_a_new_urn_owns_its_thing_after_a_refresh(cloud: Cloud, record: Owners) -> None:
    """An alias moves a resource in the state alone; the next read of it moves the claim."""
    make(cloud, record, asked())
    creating.owned(HANDLER, cloud, asked(name="moved").urn, "n", {"name": "n"}, record)
    assert make(cloud, record, asked(name="moved", resumes=True))[0] == "n"


def test_the_record_outlives_its_process(cloud: Cloud, tmp_path: Path) -> None:
    """A second host reads what the first has written."""
    make(cloud, RecordedOwners(tmp_path), asked())
    assert make(cloud, RecordedOwners(tmp_path), asked(resumes=True))[0] == "n"


def test_a_stack_whose_state_is_gone_takes_its_things_over(cloud: Cloud, tmp_path: Path) -> None:
    """Once its creations are taken as cut off; another stack's things stay its own."""
    record = RecordedOwners(tmp_path)
    make(cloud, record, asked())
    with pytest.raises(CloudError, match="409"):
        make(cloud, record, asked(), size="now")
    assert orphans.take_over(tmp_path, "project", "prod") == 0
    assert orphans.take_over(tmp_path, "project", "dev") == 1
    assert make(cloud, record, asked(), size="now")[0] == "n"
    assert cloud["n"]["size"] == "now"
    assert orphans.made_by_project(tmp_path, "project") == ["n"]
    assert orphans.made_by_project(tmp_path, "another") == []


def test_a_thing_that_is_found_by_another_name_keeps_its_id(cloud: Cloud, record: Owners) -> None:
    """The cloud draws the id; the claim is by the name, which is known before anything is asked."""
    drawn = replace(HANDLER, id_at=lambda _cloud, address: f"e-{address}", calls=replace(HANDLER.calls, update=refused))
    cloud["n"] = {"name": "n"}
    record.begin(TYPE, "n", asked().urn)
    with pytest.raises(CloudError, match=r"^asked to change e-n$"):
        creating.create(drawn, cloud, {"name": "n"}, record, asked(resumes=True))


def refused(_cloud: Cloud, id: str, _old: Props, _new: Props) -> Props:
    raise CloudError(f"asked to change {id}")
