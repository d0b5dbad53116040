"""What the guide tells people to set up passes the rules that are to hold it."""

import json
import re
from datetime import date
from pathlib import Path

from policy import Context, Resource
from policy.evaluation import judge
from policy.table import BY_ID

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "oidc.md").read_text()
CONTEXT = Context(stack="bootstrap", environment="prod", today=date(2026, 11, 21))


def test_the_guides_trust_for_aws_is_exact():
    """The document it prints is valid JSON that names one environment of one repository."""
    document = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert document
    trust = {"assumeRolePolicy": json.dumps(json.loads(document[1]))}
    role = Resource(type="aws:iam/role:Role", name="deploy", urn="urn", props=trust)
    for rule in ("aws-oidc-claims-exact", "aws-role-trust-restricted"):
        assert list(judge(BY_ID[rule], (role,), CONTEXT)) == []


def test_the_guides_conditions_for_google_are_exact():
    """Both of its pool providers admit one repository, and its grant is to one subject."""
    conditions = re.findall(r'--attribute-condition "([^"]+)"', GUIDE)
    members = re.findall(r'--member "([^"]+)"', GUIDE)
    assert (len(conditions), len(members)) == (2, 1)
    provider = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
    grant = "gcp:serviceaccount/iAMMember:IAMMember"
    issuer = {"issuerUri": "https://token.actions.githubusercontent.com"}
    resources = (
        *(
            Resource(type=provider, name="p", urn="urn", props={"oidc": issuer, "attributeCondition": condition})
            for condition in conditions
        ),
        *(Resource(type=grant, name="g", urn="urn", props={"role": "r", "member": member}) for member in members),
    )
    assert list(judge(BY_ID["gcp-oidc-claims-exact"], resources, CONTEXT)) == []
