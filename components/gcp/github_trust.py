"""Google Cloud's trust in GitHub's tokens: a pool, and a provider for each way a token may come.

https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import iam

from components.gcp.project import GcpProject
from components.github import GithubRepository

ISSUER = "https://token.actions.githubusercontent.com"
MAPPING = {
    # Not the token's own subject, which has one of two forms. A job without an environment has no such claim: its token
    # cannot be mapped, and is refused.
    "google.subject": "assertion.repository_id + ':environment:' + assertion.environment",
    "attribute.repository": "assertion.repository",
    "attribute.ref": "assertion.ref",
}


@dataclass(frozen=True, kw_only=True)
class GithubTrustArgs:
    """One repository, in a project that holds nothing but such things."""

    project: GcpProject
    project_number: str
    """The project's number: principals are named by it."""
    repository: GithubRepository
    branch: str = "main"
    """The branch whose jobs may deploy."""
    deploy_workflows: Sequence[str] = ("deploy-stack.yml", "destroy.yml")
    """The workflow files whose jobs may deploy."""
    preview_workflows: Sequence[str] = ("deploy-stack.yml", "destroy.yml", "review.yml")
    """The workflow files whose jobs may preview."""
    closed: Sequence[str] = ()
    """GitHub's environments in which only jobs that may deploy may preview: a pull request opens nothing there."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w./-]+", self.branch):
            raise ValueError(f"a branch has letters, digits, '_', '.', '/' and '-', got {self.branch!r}")
        for file in (*self.deploy_workflows, *self.preview_workflows):
            if not re.fullmatch(r"[\w.-]+", file):
                raise ValueError(f"a workflow is the name of a file, got {file!r}")
        for environment in self.closed:
            if not re.fullmatch(r"preview-[\w.-]+", environment):
                raise ValueError(f"a closed environment is called preview-…, got {environment!r}")


class GithubTrust(pulumi.ComponentResource):
    """The pool; :meth:`subject` names who a job in one environment is."""

    deploy_provider: pulumi.Output[str]
    """What a job that deploys names; it admits one branch."""
    preview_provider: pulumi.Output[str]
    """What a job that previews names; the environments called ``preview-…``, of which the closed on one branch."""

    def __init__(self, name: str, args: GithubTrustArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:GithubTrust", name, {}, opts)
        self._args = args
        api = args.project.api("iam.googleapis.com")
        self._pool = iam.WorkloadIdentityPool(
            name,
            project=args.project.project_id,
            workload_identity_pool_id=name,
            description=f"jobs of {args.repository.name}",
            # A deleted pool's id is taken for 30 days, and everybody it let in is locked out.
            opts=pulumi.ResourceOptions(parent=self, protect=True, depends_on=[api]),
        )
        ours, branch = f"assertion.repository_id == '{args.repository.id}'", f"refs/heads/{args.branch}"
        workflows = ", ".join(f"'{one}'" for one in args.repository.workflows(args.deploy_workflows, branch))
        deploying = f"assertion.ref == '{branch}' && assertion.job_workflow_ref in [{workflows}]"
        self.deploy_provider = self._admit("deploy", f"{ours} && {deploying}").name
        previewing = " || ".join(
            f"assertion.job_workflow_ref.startsWith('{one}')"
            for one in args.repository.workflows(args.preview_workflows, "refs/")
        )
        closed = ", ".join(f"'{environment}'" for environment in args.closed)
        unless = f" && (!(assertion.environment in [{closed}]) || ({deploying}))" if closed else ""
        self.preview_provider = self._admit(
            "preview", f"{ours} && assertion.environment.startsWith('preview-') && ({previewing}){unless}"
        ).name
        self.register_outputs({"deploy_provider": self.deploy_provider, "preview_provider": self.preview_provider})

    def subject(self, environment: str) -> pulumi.Output[str]:
        """The principal of a job that runs in one of GitHub's environments, and no other."""
        return pulumi.Output.concat(
            f"principal://iam.googleapis.com/projects/{self._args.project_number}/locations/global/",
            "workloadIdentityPools/",
            self._pool.workload_identity_pool_id,
            f"/subject/{self._args.repository.id}:environment:{environment}",
        )

    def _admit(self, name: str, condition: str) -> iam.WorkloadIdentityPoolProvider:
        return iam.WorkloadIdentityPoolProvider(
            name,
            project=self._args.project.project_id,
            workload_identity_pool_id=self._pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=name,
            attribute_mapping=MAPPING,
            attribute_condition=condition,
            oidc={"issuer_uri": ISSUER},
            opts=pulumi.ResourceOptions(parent=self),
        )
