"""GcpProject, on Pulumi's mocks."""

import pytest

from components.gcp.project import GcpProject, GcpProjectArgs

APIS = ["storage.googleapis.com", "appengine.googleapis.com", "iam.googleapis.com"]


def new(**changes):
    return GcpProjectArgs(**{"apis": APIS, "prefix": "demo", "billing_account": "012345-6789AB-CDEF01", **changes})


def test_a_new_project_gets_an_id_that_was_never_used(deploy):
    """A deleted project's id can never be used again, so a suffix from the state ends it."""
    deployed = deploy(lambda: GcpProject("project", new()).project_id)
    assert deployed.result == "demo-ab12cd"
    assert deployed.one("RandomId").inputs == {"byteLength": 3}
    assert deployed.one("Project").inputs["projectId"] == "demo-ab12cd"


@pytest.mark.parametrize(("ephemeral", "policy"), [(True, "DELETE"), (False, "PREVENT")])
def test_the_kind_of_stack_decides_whether_the_project_may_go(deploy, ephemeral, policy):
    """The provider prevents deletion unless told otherwise; kept projects are protected in the state as well."""
    project = deploy(lambda: GcpProject("project", new(ephemeral=ephemeral)).project_id).one("Project")
    assert (project.inputs["deletionPolicy"], project.protect) == (policy, not ephemeral)


def test_no_default_network_is_left(deploy):
    """The default network is open to everything inside it."""
    assert deploy(lambda: GcpProject("project", new()) and None).one("Project").inputs["autoCreateNetwork"] is False


def test_a_new_project_is_created_with_its_billing_account(deploy):
    """Removing the default network enables `compute` within the creation, which needs billing already."""
    deployed = deploy(lambda: GcpProject("project", new()) and None)
    assert deployed.one("Project").inputs["billingAccount"] == "012345-6789AB-CDEF01"
    assert deployed.of("ProjectInfo") == []
    assert "project" in deployed.named("project-storage").depends_on


def test_an_existing_project_is_linked_to_a_billing_account(deploy):
    """An API that costs is refused before the link; a free one need not wait."""
    args = GcpProjectArgs(apis=APIS, id="mine-1234", billing_account="012345-6789AB-CDEF01")
    deployed = deploy(lambda: GcpProject("project", args) and None)
    assert deployed.one("ProjectInfo").inputs["billingAccount"] == "012345-6789AB-CDEF01"
    assert "project-billing" in deployed.named("project-storage").depends_on
    assert "project-billing" not in deployed.named("project-iam").depends_on


def test_apis_stay_on_when_the_stack_goes(deploy):
    """Switching an API off destroys what others made with it."""
    services = deploy(lambda: GcpProject("project", new()) and None).of("Service")
    assert [s.inputs["disableOnDestroy"] for s in services] == [False] * 3
    assert sorted(s.inputs["service"] for s in services) == sorted(APIS)


def test_an_api_that_was_not_asked_for_is_refused_by_name(deploy):
    """A component that needs an API the project lacks fails at once, not with the cloud's 403."""
    with pytest.raises(ValueError, match=r"the API 'run.googleapis.com' is not enabled in project: it has .*storage"):
        deploy(lambda: GcpProject("project", new()).api("run.googleapis.com"))


def test_an_adopted_project_is_left_as_it_is(deploy):
    """An existing project is used by its id; neither it nor its billing is managed."""
    made = []
    deployed = deploy(lambda: made.append(GcpProject("project", GcpProjectArgs(apis=APIS, id="mine-1234"))))
    assert {r.type.rpartition(":")[2] for r in deployed.resources} == {"GcpProject", "Service"}
    assert {r.inputs["project"] for r in deployed.of("Service")} == {"mine-1234"}
    assert made[0].owned is False


def test_labels_are_on_the_project(deploy):
    """Owner, environment and expiry are found where the bill is."""
    labels = {"owner": "me", "environment": "dev", "expiry": "2027-01-01"}
    assert deploy(lambda: GcpProject("project", new(labels=labels)) and None).one("Project").inputs["labels"] == labels


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "mine-1234"}, "an id .existing. or a prefix .new., got 'mine-1234' and 'demo'"),
        ({"organization": "1", "folder": "2"}, "got both: keep the folder"),
        ({"billing_account": None}, "needs a billing_account"),
    ],
)
def test_contradictions_are_refused_before_anything_is_declared(changes, message):
    """What Google would refuse halfway is refused by the arguments."""
    with pytest.raises(ValueError, match=message):
        new(**changes)
