"""What pipelines stand on: the bootstrap's program, on mocks and before the policy."""

import json
import runpy
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import pulumi
import pytest
import yaml

from bootstrap.declared import declared_by
from bootstrap.permissions import Account, deploys, deploys_on_google, grants_alone, reads
from bootstrap.settings import load
from components.aws.pipeline_role import PipelineRole, PipelineRoleArgs
from components.gcp.github_trust import GithubTrust, GithubTrustArgs
from components.gcp.project import GcpProject, GcpProjectArgs
from components.github import GithubRepository
from policy.evaluation import evaluate
from policy.exceptions import PolicyException
from policy.model import Context
from slipway.catalog.permissions import AWS, GCP

ROOT = Path(__file__).parents[2]
REPOSITORY = GithubRepository(name="example/slipway", id="123456789", owner_id="987654")


def configuration(**change):
    """The committed settings, for the mocks' project."""
    config = yaml.safe_load((ROOT / "bootstrap/Pulumi.main.yaml").read_text())["config"]
    named = {key.replace("slipway-bootstrap:", "slipway:"): value for key, value in config.items()} | {
        f"slipway:{key}": value for key, value in change.items()
    }
    return {
        key: json.dumps(value) if isinstance(value, dict) else str(value)
        for key, value in named.items()
        if value is not None
    }


@pytest.fixture(params=["gcp", "aws"], scope="module")
def bootstrapped(request, deploy):
    """The whole program, with the states in either cloud."""
    program = ROOT / "bootstrap/__main__.py"
    return deploy(
        lambda: runpy.run_path(str(program), run_name="__main__"),
        stack="main",
        config=configuration(state=request.param),
    )


def test_no_rule_finds_anything(bootstrapped):
    """Judged as production is; the deployer's own role alone is excused, which has to grant what the stacks declare."""
    excused = [
        PolicyException(
            rule="gcp-custom-role-no-escalation", resource=resource, reason=reason, until=date(2026, 11, 21)
        )
        for resource, reason in (
            ("deployer-*", "a pipeline sets the policies of what it deploys into a project that was there before"),
            ("granter-*", "a condition limits it to the roles that the stacks grant"),
        )
    ]
    context = Context(stack="main", environment="prod", today=date(2026, 11, 21))
    exceptions = excused if bootstrapped.of("IAMCustomRole") else []
    found = evaluate(bootstrapped.for_policy, context, exceptions)
    assert [f"{finding.rule}: {finding.message}" for finding in found] == []


def test_every_environment_of_github_is_told_what_it_needs(bootstrapped):
    """Seven environments, five variables each; previews act as another than deployments."""
    github = bootstrapped.exports["github"]
    previews = {"preview-dev", "preview-staging", "preview-prod"}
    assert set(github) == {"dev", "staging", "prod", "demo"} | previews
    assert {tuple(sorted(variables)) for variables in github.values()} == {
        ("AWS_REGION", "AWS_ROLE", "GCP_SERVICE_ACCOUNT", "GCP_WORKLOAD_IDENTITY_PROVIDER", "PULUMI_BACKEND_URL")
    }
    for name, variables in github.items():
        wanted = "preview" if name in previews else "deploy"
        assert variables["GCP_WORKLOAD_IDENTITY_PROVIDER"].endswith(f"/providers/{wanted}")
        assert variables["GCP_SERVICE_ACCOUNT"].startswith(f"slipway-{wanted}")
        assert variables["AWS_ROLE"].rpartition("/")[2].startswith(wanted)


def test_one_environment_may_act_as_one_account(bootstrapped):
    """Each grant names one subject, and no two deployers share one."""
    grants = [r for r in bootstrapped.resources if r.type == "gcp:serviceaccount/iAMMember:IAMMember"]
    members = [grant.inputs["member"] for grant in grants]
    assert len(members) == len(set(members)) == 7
    assert all(f"/subject/{REPOSITORY.id}:environment:" in member for member in members)
    prod = next(grant for grant in grants if grant.inputs["member"].endswith(":environment:prod"))
    assert prod.inputs["serviceAccountId"] == "projects/example-ops/serviceAccounts/slipway-deploy-prod"


def test_the_pool_admits_our_repository_alone(bootstrapped):
    """By its id, with named workflows: deployments from one branch, previews from environments that are called so.

    Production is previewed on that branch alone: the code of a pull request opens none of its secrets.
    """
    providers = {r.name: r.inputs for r in bootstrapped.of("WorkloadIdentityPoolProvider")}
    folder = "example/slipway/.github/workflows"
    deploying = (
        "assertion.ref == 'refs/heads/main' && assertion.job_workflow_ref in "
        f"['{folder}/deploy-stack.yml@refs/heads/main', '{folder}/destroy.yml@refs/heads/main']"
    )
    assert providers["deploy"]["attributeCondition"] == f"assertion.repository_id == '123456789' && {deploying}"
    assert providers["preview"]["attributeCondition"] == (
        "assertion.repository_id == '123456789' && assertion.environment.startsWith('preview-') && ("
        + " || ".join(
            f"assertion.job_workflow_ref.startsWith('{folder}/{file}@refs/')"
            for file in ("deploy-stack.yml", "destroy.yml", "review.yml")
        )
        + f") && (!(assertion.environment in ['preview-prod']) || ({deploying}))"
    )
    assert {inputs["attributeMapping"]["google.subject"] for inputs in providers.values()} == {
        "assertion.repository_id + ':environment:' + assertion.environment"
    }


def test_aws_roles_compare_both_claims(bootstrapped):
    """One audience, one environment in both forms of the subject, one repository by its id, and the workflows."""
    trusts = {r.name: json.loads(r.inputs["assumeRolePolicy"])["Statement"][0] for r in bootstrapped.of("Role")}
    host = "token.actions.githubusercontent.com"
    assert trusts["deploy-prod"]["Condition"] == {
        "StringEquals": {
            f"{host}:aud": "sts.amazonaws.com",
            f"{host}:sub": [
                "repo:example@987654/slipway@123456789:environment:prod",
                "repo:example/slipway:environment:prod",
            ],
            f"{host}:repository_id": "123456789",
        },
        "StringLike": {
            f"{host}:job_workflow_ref": [
                f"example/slipway/.github/workflows/{file}@refs/heads/main"
                for file in ("deploy-stack.yml", "destroy.yml")
            ]
        },
    }
    assert trusts["preview-dev"]["Condition"]["StringEquals"][f"{host}:sub"] == list(REPOSITORY.subjects("preview-dev"))


def test_a_pull_request_previews_no_production(bootstrapped):
    """What its tokens name as their workflow fits the trust of dev's previewer, and not of production's."""
    trusts = {r.name: json.loads(r.inputs["assumeRolePolicy"])["Statement"][0] for r in bootstrapped.of("Role")}
    key = "token.actions.githubusercontent.com:job_workflow_ref"

    def admits(role: str, workflow: str) -> bool:
        patterns = trusts[role]["Condition"]["StringLike"][key]
        return any(fnmatchcase(f"example/slipway/.github/workflows/{workflow}", pattern) for pattern in patterns)

    for workflow in (
        "review.yml@refs/pull/7/merge",
        "deploy-stack.yml@refs/heads/a-branch",
        "review.yml@refs/heads/main",
    ):
        assert admits("preview-dev", workflow) and not admits("preview-prod", workflow)
    assert admits("preview-prod", "deploy-stack.yml@refs/heads/main")


def test_a_previewer_writes_nothing(bootstrapped):
    """Neither to what the stacks have, nor to the states, and it seals nothing."""
    document = json.loads(bootstrapped.named("preview-prod-may").inputs["policy"])
    actions = {action.partition(":")[2] for statement in document["Statement"] for action in statement["Action"]}
    assert all(action.startswith(("Describe", "Get", "List", "View", "Decrypt")) for action in actions)
    roles = {
        r.inputs["role"]
        for r in bootstrapped.resources
        if "preview" in r.name and isinstance(r.inputs.get("role"), str)
    }
    assert not {role for role in roles if any(word in role for word in ("Encrypter", "objectUser", "owner", "editor"))}


def test_states_and_key_are_locked_down(bootstrapped):
    """Versioned, private, protected, a bucket and a key for each environment; the key is rotated."""
    bucket = bootstrapped.named("states-prod")
    assert bucket.protect
    assert not bucket.inputs.get("forceDestroy")
    if bucket.type.startswith("gcp:"):
        assert bootstrapped.exports["backends"]["prod"] == "gs://example-ops-states-prod"
        assert bootstrapped.exports["secrets_providers"]["prod"].startswith("gcpkms://")
        assert bucket.inputs["versioning"] == {"enabled": True}
        key = bootstrapped.named("sealing-prod-stacks")
        assert key.inputs["rotationPeriod"]
    else:
        backend = bootstrapped.exports["backends"]["prod"]
        assert backend == "s3://slipway-states-prod-123456789012-eu-central-1-an?region=eu-central-1"
        provider = bootstrapped.exports["secrets_providers"]["prod"]
        assert provider == "awskms://alias/slipway-stacks-prod?region=eu-central-1"
        assert bucket.inputs["bucketNamespace"] == "account-regional"
        versioned = [r.inputs["versioningConfiguration"] for r in bootstrapped.of("BucketVersioning")]
        assert versioned == [{"status": "Enabled"}] * 5
        assert all("aws:SecureTransport" in r.inputs["policy"] for r in bootstrapped.of("BucketPolicy"))
        key = bootstrapped.named("sealing-prod")
        assert key.inputs["enableKeyRotation"]
    assert key.protect


def test_a_deployer_cannot_change_who_it_is():
    """Roles are changed by their label alone, and no label can be put on another environment's role."""
    statements = deploys(Account(id="123456789012"), "slipway-dev", ["dev"], AWS)
    changing = [s for s in statements if s["Effect"] == "Allow" and any(a.startswith("iam:") for a in s["Action"])]
    assert changing
    for statement in changing:
        keys = statement["Condition"]["StringEquals"]
        assert ["dev"] in (keys.get("aws:ResourceTag/environment"), keys.get("aws:RequestTag/environment"))
    denied = [s for s in statements if s["Effect"] == "Deny"]
    assert {action for s in denied for action in s["Action"]} == {
        *("iam:TagRole", "iam:TagInstanceProfile", "lambda:TagResource")
    }
    assert [s["Condition"]["StringNotEquals"] for s in denied] == [{"aws:ResourceTag/environment": ["dev"]}] * 2


def test_permissions_are_named():
    """No star among the actions, on either cloud."""
    account = Account(id="1")
    actions = [a for s in [*deploys(account, "n", ["e"], AWS), *reads(account, "n", ["e"], AWS)] for a in s["Action"]]
    assert [action for action in [*actions, *deploys_on_google(GCP)] if "*" in action] == []


def test_a_condition_lists_no_more_roles_than_google_takes():
    """More than ten are refused with their number."""
    assert grants_alone(["roles/a", "roles/b"]).endswith(".hasOnly(['roles/a', 'roles/b'])")
    with pytest.raises(ValueError, match="at most 10 roles, got 11"):
        grants_alone([f"roles/{number}" for number in range(11)])


def test_an_environment_without_declared_types_is_a_message(tmp_path):
    """With the command that writes them."""
    with pytest.raises(pulumi.RunError, match=r"has nothing of dev, it has no environment.*slipway bootstrap declared"):
        declared_by(["dev"], tmp_path / "declared.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repository": "slipway"}, "repository: String should match pattern"),
        ({"state": "azure"}, "state: Input should be 'gcp' or 'aws', got 'azure'"),
        ({"owner": None}, "owner: Field required"),
        ({"environments": {"prod": {"billing_account": "012345-6789AB-CDEF01"}}}, "got neither"),
        ({"environments": {"qa": {"folder": "1", "billing_account": "012345-6789AB-CDEF01"}}}, "environments.qa"),
        ({"budget": {"amount": 10, "email": "a@b.example"}}, "say who pays for it"),
    ],
)
def test_bad_settings_are_a_message(deploy, change, message):
    """Key, what is allowed, what was given; nothing is declared."""
    said = []

    def program():
        try:
            load()
        except pulumi.RunError as error:
            said.append(str(error))

    assert deploy(program, stack="main", config=configuration(**change)).resources == []
    assert message in said[0]


def test_a_wildcard_is_no_environment():
    """Neither component takes what would let others in."""
    role = {"role_name": "r", "provider": "arn", "repository": REPOSITORY, "workflows": ["w"], "statements": []}
    with pytest.raises(ValueError, match="without wildcards, got 'dev\\*'"):
        PipelineRoleArgs(environments=["dev*"], **role)
    with pytest.raises(ValueError, match="no job may take on r: name an environment"):
        PipelineRoleArgs(environments=[], **role)
    with pytest.raises(ValueError, match="no job may take on r: name a workflow"):
        PipelineRoleArgs(environments=["dev"], **{**role, "workflows": []})


@pytest.mark.parametrize(
    "wrong", [{"repository": "o/n' || true"}, {"id": "1' || true"}, {"branch": "main' || 'a' == 'a"}]
)
def test_a_condition_cannot_be_broken_out_of(deploy, wrong):
    """What stands in quotes has none."""

    def program():
        project = GcpProject("p", GcpProjectArgs(apis=["iam.googleapis.com"], id="example-ops"))
        names = {"repository": "o/n", "id": "1", "branch": "main"} | wrong
        repository = GithubRepository(name=names["repository"], id=names["id"], owner_id="2")
        args = GithubTrustArgs(project=project, project_number="1", repository=repository, branch=names["branch"])
        GithubTrust("github", args)

    with pytest.raises(ValueError, match=r"a (repository|branch) "):
        deploy(program)


def test_a_role_may_what_it_is_told(deploy):
    """Statements and managed policies reach the role."""

    def program():
        args = PipelineRoleArgs(
            role_name="r",
            provider="arn:aws:iam::1:oidc-provider/x",
            repository=REPOSITORY,
            workflows=["example/slipway/.github/workflows/deploy.yml@refs/heads/main"],
            environments=["dev"],
            statements=[{"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": ["*"]}],
            managed=["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"],
        )
        return PipelineRole("r", args).arn

    deployed = deploy(program)
    assert "sts:GetCallerIdentity" in deployed.one("RolePolicy").inputs["policy"]
    assert deployed.one("RolePolicyAttachment").inputs["policyArn"].endswith("/ViewOnlyAccess")
