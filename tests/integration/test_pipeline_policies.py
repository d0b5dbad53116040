"""What each pipeline's identity may do, by its rendered policy: all that its stacks need, and nothing of another's."""

import json
import re
import runpy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.declared import COPIED, declared_by
from bootstrap.permissions import EVERYWHERE, PLATFORMS, SETS_PROJECT_POLICY
from slipway.catalog.permissions import AWS, GCP, OF_THE_ACCOUNT, needed
from tests.iam import ACCOUNT, IDENTITIES, allowed, bootstrapped, bound, documents

ROOT = Path(__file__).parents[2]
LARGEST = 10_240
"""Characters of a role's inline policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
LARGEST_ATTACHED = 6_144
"""Characters of a policy that is attached to a role."""


PLATFORM = "64bit Amazon Linux 2023 v4.13.1 running Python 3.13"


def examples(environment: str) -> dict[str, tuple[str, ...]]:
    """By service, what a stack of an environment has."""
    name = f"slipway-{environment}"
    return {
        "lambda": (f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{name}-hello",),
        "scheduler": (f"arn:aws:scheduler:eu-central-1:{ACCOUNT}:schedule/default/{name}-hello-nightly",),
        "logs": (
            f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/aws/lambda/{name}-hello",
            f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/aws/elasticbeanstalk/{name}-web/var/log/web.stdout.log",
        ),
        "cloudwatch": (
            f"arn:aws:cloudwatch:eu-central-1:{ACCOUNT}:alarm:{name}-hello-errors",
            f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}",
        ),
        "ecr": (f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/{name}-images",),
        "s3": (f"arn:aws:s3:::{name}-bundles-1a2b3c4", f"arn:aws:s3:::{name}-bundles-1a2b3c4/web/a.zip"),
        "budgets": (f"arn:aws:budgets::{ACCOUNT}:budget/{name}",),
        "elasticbeanstalk": (
            f"arn:aws:elasticbeanstalk:eu-central-1:{ACCOUNT}:environment/{name}/{name}-web-py313",
            f"arn:aws:elasticbeanstalk:eu-central-1::solutionstack/{PLATFORM}",
        ),
        "iam": (
            f"arn:aws:iam::{ACCOUNT}:role/hello-1a2b3c4",
            f"arn:aws:iam::{ACCOUNT}:instance-profile/web-instances-1a2b3c4",
        ),
    }


@pytest.fixture(scope="module")
def program(deploy: Any) -> Any:
    """What the bootstrap declares, run once for all that look at it."""
    return bootstrapped(deploy)


@pytest.fixture(scope="module")
def policies(program: Any) -> dict[str, list[dict[str, Any]]]:
    """The statements of every identity."""
    return {name: [one for part in documents(program, name) for one in part["Statement"]] for name in IDENTITIES}


def declaring(deploy: Any, stack: str) -> Any:
    """What a shipped stack declares."""
    config = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
    plain = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    program = ROOT / "__main__.py"
    return deploy(lambda: runpy.run_path(str(program), run_name="__main__"), stack=stack, config=plain)


def declared(deploy: Any, stack: str) -> set[str]:
    """The types that a shipped stack declares."""
    return {resource.type for resource in declaring(deploy, stack).resources}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_each_identity_can_do_what_its_verbs_need(deploy, policies, monkeypatch, stack):
    """Every action of every type that a shipped stack declares: all of them for `up`, those that look for `preview`."""
    monkeypatch.chdir(ROOT)
    own, missing = examples(stack), []
    for type in declared(deploy, stack) & AWS.keys():
        for identity, actions in (
            (f"deploy-{stack}", (*AWS[type].read, *AWS[type].write)),
            (f"preview-{stack}", AWS[type].read),
        ):
            for action in actions:
                service = action.partition(":")[0]
                own_role = {"tag": stack, "asked": stack, "service": "lambda.amazonaws.com", "boundary": bound(stack)}
                context = own_role if service == "iam" else {}
                if not any(allowed(policies[identity], action, of, **context) for of in (*own[service], "*")):
                    missing.append(f"{identity}: {action} for {type}")
    assert missing == []


def test_every_declared_type_has_a_row(deploy, monkeypatch):
    """A component that declares another type brings the permissions that it needs."""
    monkeypatch.chdir(ROOT)
    types = {type for stack in ("dev", "staging", "prod") for type in declared(deploy, stack)}
    clouds = {type for type in types if type.startswith(("aws:", "gcp:"))}
    assert clouds - AWS.keys() - GCP.keys() - OF_THE_ACCOUNT.keys() == set()


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_bootstrap_knows_what_the_stacks_declare(deploy, monkeypatch, stack):
    """`bootstrap/declared.yaml` is what the programs declare; `slipway bootstrap declared` writes it anew."""
    monkeypatch.chdir(ROOT)
    resources = declaring(deploy, stack).resources
    types = {resource.type for resource in resources if resource.type.startswith(("aws:", "gcp:"))}
    stale = "bootstrap/declared.yaml is older than the stacks: run `slipway bootstrap declared`"
    assert set(declared_by([stack]).types) == types, stale
    assert set(declared_by([stack]).project_roles) == project_roles(resources), stale


def project_roles(resources: Sequence[Any]) -> set[str]:
    """The roles that some resources grant in the whole project."""
    return {one.inputs["role"] for one in resources if one.type == "gcp:projects/iAMMember:IAMMember"}


@pytest.fixture(scope="module")
def on_google(deploy: Any) -> Any:
    """The bootstrap with a project that is there already for each environment."""
    billing = "012345-6789AB-CDEF01"
    names = ("dev", "staging", "prod", "demo")
    return bootstrapped(
        deploy,
        environments={name: {"project": f"example-slipway-{name}", "billing_account": billing} for name in names},
    )


def held_on_google(program: Any, identity: str) -> dict[str, tuple[set[str], set[str] | None]]:
    """By role of our own that an identity has in its project: what it holds, and which roles its condition admits."""
    who, _, environment = identity.partition("-")
    roles = {"deploy": ("deployer", "granter"), "preview": ("previewer",)}[who]
    held: dict[str, tuple[set[str], set[str] | None]] = {}
    for role in roles:
        grant = program.named(f"{identity}-example-slipway-{environment}-{role}").inputs
        expression = (grant.get("condition") or {}).get("expression")
        admitted = None if expression is None else set(re.findall(r"'(roles/[\w.]+)'", expression))
        held[role] = set(program.named(f"{role}-{environment}").inputs["permissions"]), admitted
    return held


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_each_identity_can_do_on_google_what_its_verbs_need_and_no_more(deploy, on_google, monkeypatch, stack):
    """Each permission of each type that a shipped stack declares: all for `up`, those that look for `preview`."""
    monkeypatch.chdir(ROOT)
    types = declared(deploy, stack) & GCP.keys()
    for identity, write in ((f"deploy-{stack}", True), (f"preview-{stack}", False)):
        held = {one for permissions, _ in held_on_google(on_google, identity).values() for one in permissions}
        assert held == set(needed(GCP, types, write=write)), identity


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_deployer_grants_in_a_project_the_roles_that_its_stacks_grant_alone(deploy, on_google, monkeypatch, stack):
    """The project's policy is set under a condition: neither owner nor editor can be given."""
    monkeypatch.chdir(ROOT)
    held = held_on_google(on_google, f"deploy-{stack}")
    setting = {role: admitted for role, (permissions, admitted) in held.items() if SETS_PROJECT_POLICY in permissions}
    assert setting == {"granter": project_roles(declaring(deploy, stack).resources)}


def grants_on_google(program: Any, identity: str) -> list[Any]:
    """What is given to an identity's account: in projects, on buckets, keys and billing accounts."""
    who, _, environment = identity.partition("-")
    member = f"slipway-{who}-{environment}@"
    return [one for one in program.resources if member in str(one.inputs.get("member", ""))]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_identity_on_google_is_given_nothing_of_another_environment(deploy, identity):
    """Neither in a project, nor on the bucket of its states, nor on the key that seals them."""
    billing = "012345-6789AB-CDEF01"
    names = ("dev", "staging", "prod", "demo")
    program = bootstrapped(
        deploy,
        state="gcp",
        environments={name: {"project": f"example-slipway-{name}", "billing_account": billing} for name in names},
    )
    own, grants = identity.rpartition("-")[2], grants_on_google(program, identity)
    places = [
        json.dumps({key: str(one.inputs.get(key, "")) for key in ("project", "bucket", "cryptoKeyId", "folder")})
        for one in grants
    ]
    assert places
    foreign = [name for name in names if name != own]
    assert [
        place for place in places if re.search(rf"(slipway|states|sealing|stacks)-({'|'.join(foreign)})\b", place)
    ] == []
    # Found at all: its own project or its own states.
    assert any(f"-{own}" in place for place in places)


def test_no_role_on_google_is_for_what_the_bootstrap_alone_declares(on_google):
    """Accounts' own policies, pools, keys and custom roles are the bootstrap's."""
    held = {
        permission
        for resource in on_google.resources
        if resource.type == "gcp:projects/iAMCustomRole:IAMCustomRole"
        for permission in resource.inputs["permissions"]
    }
    beyond = (
        "iam.serviceAccounts.setIamPolicy",
        "iam.roles.",
        "iam.workloadIdentity",
        "cloudkms.",
        "iam.serviceAccountKeys.",
    )
    assert [one for one in sorted(held) if one.startswith(beyond)] == []


OF_PROD = {"tag": "prod", "asked": "prod", "service": "lambda.amazonaws.com", "boundary": bound("prod")}


@pytest.mark.parametrize("identity", [name for name in IDENTITIES if not name.endswith("-prod")])
def test_nobody_else_touches_production(policies, identity):
    """Neither what it has, nor its roles, states and key; a new role cannot be labelled as production's."""
    statements, reached = policies[identity], []
    states = {
        "s3": tuple(f"arn:aws:s3:::slipway-states-prod-123456789012-eu-central-1-an{key}" for key in ("", "/a.json")),
        "kms": ("arn:aws:kms:r:123456789012:key/sealing-prod",),
    }
    for service, resources in (*examples("prod").items(), *states.items()):
        actions = {action for one in statements for action in one["Action"]} - {*EVERYWHERE, PLATFORMS}
        for action in {one for one in actions if one.startswith(f"{service}:")}:
            reached += [
                f"{action} on {resource}" for resource in resources if allowed(statements, action, resource, **OF_PROD)
            ]
    assert reached == []


@pytest.mark.parametrize("identity", [name for name in IDENTITIES if name.startswith("preview-")])
def test_a_previewer_changes_nothing(policies, identity):
    """It looks, and opens the secrets of its own environment's states."""
    actions = {action.partition(":")[2] for one in policies[identity] for action in one["Action"]}
    assert [one for one in sorted(actions) if not one.startswith(("Decrypt", "Describe", "Get", "List", "View"))] == []


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_policy_is_small_enough_for_aws(program, identity):
    """IAM counts the characters without white space."""
    own, *attached = [len(json.dumps(one, separators=(",", ":"))) for one in documents(program, identity)]
    assert own <= LARGEST
    assert all(size <= LARGEST_ATTACHED for size in attached)


def test_a_deployer_passes_roles_to_the_components_services_alone(policies):
    """A role of its own environment, and to nothing but what the components run."""
    role = f"arn:aws:iam::{ACCOUNT}:role/hello-1a2b3c4"
    statements = policies["deploy-dev"]
    assert allowed(statements, "iam:PassRole", role, tag="dev", service="ec2.amazonaws.com")
    assert not allowed(statements, "iam:PassRole", role, tag="dev", service="glue.amazonaws.com")
    assert not allowed(statements, "iam:PassRole", role, tag="prod", service="lambda.amazonaws.com")


ROLE = f"arn:aws:iam::{ACCOUNT}:role/hello-1a2b3c4"
DEPLOYED = {
    "deploy-dev": ("dev",), "deploy-staging": ("staging",), "deploy-prod": ("prod",), "deploy-demo": COPIED,
}  # fmt: skip
"""Whose types a deployer has the rights for."""
DEPLOYERS = {"deploy-dev": "dev", "deploy-staging": "staging", "deploy-prod": "prod", "deploy-demo": "dev"}


@pytest.mark.parametrize(("identity", "environment"), DEPLOYERS.items())
@pytest.mark.parametrize("action", ["CreateRole", "PutRolePolicy", "AttachRolePolicy", "PutRolePermissionsBoundary"])
def test_a_deployer_gives_no_right_to_a_role_without_its_boundary(policies, identity, environment, action):
    """With the boundary it may; without one, with another environment's or with Amazon's own policy it may not."""
    statements, context = policies[identity], {"tag": environment, "asked": environment}
    others = [bound(name) for name in ("dev", "staging", "prod", "none") if not own(identity, name)]
    needs = f"iam:{action}" in needed(AWS, declared_by(DEPLOYED[identity]).types, write=True)
    assert allowed(statements, f"iam:{action}", ROLE, **context, boundary=bound(environment)) == needs
    assert not allowed(statements, f"iam:{action}", ROLE, **context)
    for other in (*others, "arn:aws:iam::aws:policy/AdministratorAccess"):
        assert not allowed(statements, f"iam:{action}", ROLE, **context, boundary=other), other


def own(identity: str, environment: str) -> bool:
    """Whether an environment's boundary is one of a deployer's; copies are labelled as dev's or staging's."""
    return environment == DEPLOYERS[identity] or (identity == "deploy-demo" and environment == "staging")


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_identity_takes_a_boundary_off_or_changes_it(policies, identity):
    """Neither from a role, nor by another version of the policy, whatever is known of the request."""
    actions = (
        *("CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"),
        *("DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary", "CreateUser", "PutUserPolicy", "TagPolicy"),
    )
    environment = identity.rpartition("-")[2].replace("demo", "dev")
    context = {"tag": environment, "asked": environment, "boundary": bound(environment)}
    reached = [
        (action, resource)
        for action in actions
        for resource in (ROLE, bound(environment), f"arn:aws:iam::{ACCOUNT}:user/eve")
        if allowed(policies[identity], f"iam:{action}", resource, **context)
    ]
    assert reached == []


@pytest.fixture(scope="module")
def boundary(program: Any) -> Callable[[str], list[dict[str, Any]]]:
    """The statements of an environment's permissions boundary, as the bootstrap declares it."""
    return lambda name: json.loads(program.named(f"boundary-{name}").inputs["policy"])["Statement"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_apps_role_can_do_within_its_boundary_what_its_policies_say(deploy, boundary, monkeypatch, stack):
    """Each right of each role that a shipped stack declares, and every role carries the boundary."""
    monkeypatch.chdir(ROOT)
    declared_resources = declaring(deploy, stack).resources
    roles = [resource for resource in declared_resources if resource.type == "aws:iam/role:Role"]
    assert roles and {role.inputs.get("permissionsBoundary") for role in roles} == {bound(stack)}
    statements, rights = boundary(stack), []
    for resource in declared_resources:
        if resource.type == "aws:iam/rolePolicy:RolePolicy":
            rights += [(resource.name, *right) for right in rights_in(json.loads(resource.inputs["policy"]))]
    assert rights
    missing = [f"{role}: {action} on {arn}" for role, action, arn in rights if not allowed(statements, action, arn)]
    assert missing == []


OF_ENVIRONMENT = f"arn:aws:elasticbeanstalk:eu-central-1:{ACCOUNT}:environment/slipway-dev/slipway-dev-web"
MANAGED = {
    "logs:PutLogEvents": f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/aws/elasticbeanstalk/slipway-dev-web/var/log",
    "elasticbeanstalk:PutInstanceStatistics": OF_ENVIRONMENT,
    "s3:PutObject": f"arn:aws:s3:::elasticbeanstalk-eu-central-1-{ACCOUNT}/resources/environments/logs/a",
    "elasticloadbalancing:DescribeTargetHealth": "*",
    "ec2:DescribeInstances": "*",
    "autoscaling:DescribeAutoScalingGroups": "*",
    "cloudformation:DescribeStackResources": f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/awseb-e-1/1",
    "elasticbeanstalk:UpdateEnvironment": OF_ENVIRONMENT,
}
"""What Beanstalk's own policies are attached for, action by action."""


@pytest.mark.parametrize(("action", "resource"), MANAGED.items())
def test_a_beanstalk_environments_roles_can_do_their_work_within_the_boundary(boundary, action, resource):
    """Logs, health, traces and managed updates."""
    assert allowed(boundary("dev"), action, resource)


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_a_role_within_a_boundary_reaches_no_other_environment_and_no_rights(boundary, environment):
    """Whatever its own policies say: nothing of production, no state, no role, no key."""
    statements = boundary(environment)
    foreign = [resource for resources in examples("prod").values() for resource in resources]
    foreign += ["arn:aws:s3:::slipway-states-dev-123456789012/a.json", "arn:aws:kms:r:123456789012:key/sealing-dev"]
    actions = sorted({action for one in statements for action in one["Action"]})
    assert not [action for action in actions if action.startswith(("iam:", "kms:", "sts:"))]
    named = [one for one in statements if one["Resource"] != ["*"]]  # the others look at machines alone
    reached = [(action, arn) for action in actions for arn in foreign if allowed(named, action, arn)]
    assert reached == []


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_a_boundary_is_small_enough_for_aws(boundary, environment):
    """A managed policy has 6,144 characters: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    document = {"Version": "2012-10-17", "Statement": boundary(environment)}
    assert len(json.dumps(document, separators=(",", ":"))) <= 6144


def rights_in(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A document's actions, each with each resource."""
    rights: list[tuple[str, str]] = []
    for statement in document["Statement"]:
        actions, resources = (
            [value] if isinstance(value, str) else value for value in (statement["Action"], statement["Resource"])
        )
        rights += [(action, arn) for action in actions for arn in resources]
    return rights
