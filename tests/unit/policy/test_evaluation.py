"""Findings of a whole stack, and the exceptions that excuse some of them."""

from datetime import date

import pytest

from policy import Context, Finding, PolicyException, Resource, evaluate
from policy.exceptions import BadException, parse
from policy.table import BY_ID

TODAY = date(2026, 11, 21)
CONTEXT = Context(stack="dev", environment="dev", today=TODAY, ephemeral=True)
URL = Resource(
    type="aws:lambda/functionUrl:FunctionUrl",
    name="hello-function-url",
    urn="urn:pulumi:dev::slipway::aws:lambda/functionUrl:FunctionUrl::hello-function-url",
    props={"authorizationType": "NONE"},
)
BUDGET = Resource(
    type="aws:budgets/budget:Budget",
    name="budget",
    urn="urn:pulumi:dev::slipway::aws:budgets/budget:Budget::budget",
    props={"notifications": [{"threshold": 80}], "tags": {"owner": "a", "environment": "dev", "expiry": "2026-12-31"}},
)
ENTRY = {
    "rule": "aws-function-url-auth",
    "resource": "hello-function-url",
    "reason": "open to the class of 2026 until its exam",
    "until": "2026-12-31",
}


def exceptions(**changed: str) -> list[PolicyException]:
    return parse([{**ENTRY, **changed}], BY_ID)


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_finding_says_all_of_it():
    """Rule, level, URN; what is wrong, what is allowed, what was given, what to do."""
    assert evaluate([URL, BUDGET], CONTEXT) == [
        Finding(
            rule="aws-function-url-auth",
            level="mandatory",
            urn=URL.urn,
            message="aws:lambda/functionUrl:FunctionUrl 'hello-function-url': authorizationType is 'NONE'; allowed: "
            "'AWS_IAM'. Set authorization_type to AWS_IAM, or agree an exception in the stack's file.",
        )
    ]


@pytest.mark.parametrize("resource", ["hello-function-url", "hello-*", URL.urn, "*::hello-function-url"])
def test_an_exception_excuses_what_it_names(resource: str):
    """By name, by URN, or by a pattern of either, up to and with its last day."""
    assert evaluate([URL, BUDGET], CONTEXT, exceptions(resource=resource, until=TODAY.isoformat())) == []


def test_an_exception_ends():
    """The day after, the finding is back, and another says which exception ended and what its reason was."""
    findings = evaluate([URL, BUDGET], CONTEXT, exceptions(until="2026-11-20"))
    assert rules(findings) == ["aws-function-url-auth", "exception-expired"]
    assert findings[1].level == "mandatory"
    assert "ended on 2026-11-20 (its reason: open to the class of 2026 until its exam)" in findings[1].message


@pytest.mark.parametrize("changed", [{"resource": "other"}, {"rule": "aws-log-retention"}])
def test_an_exception_that_excuses_nothing_is_told(changed: dict[str, str]):
    """What no longer needs an exception should not keep one."""
    findings = evaluate([URL, BUDGET], CONTEXT, exceptions(**changed))
    assert rules(findings) == ["aws-function-url-auth", "exception-unused"]
    assert findings[1].level == "advisory"


def test_the_stack_itself_may_be_excused():
    """A finding about no single resource is excused for the resource `stack`."""
    role = Resource(
        type="aws:iam/role:Role", name="r", urn="u::r", props={"tags": {"owner": "a", "environment": "dev"}}
    )
    dev = Context(stack="dev", environment="dev", today=TODAY)
    assert rules(evaluate([role], dev)) == ["stack-budget-present"]
    excuse = exceptions(rule="stack-budget-present", resource="stack")
    assert evaluate([role], dev, excuse) == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"rule": "x"}, "policy:exceptions is a list of exceptions, given: {'rule': 'x'}"),
        (["x"], "an exception has the keys rule, resource, reason, until, and no others; given: 'x'"),
        ([{**ENTRY, "owner": "x"}], "given: rule, resource, reason, until, owner"),
        ([{**ENTRY, "rule": "aws-url"}], "there is no rule 'aws-url'; `docs/guide/policy.md` lists them"),
        ([{**ENTRY, "reason": " "}], "the exception to aws-function-url-auth has an empty reason: say it"),
        ([{**ENTRY, "until": "soon"}], "ends on a day written YYYY-MM-DD, given: 'soon'"),
    ],
)
def test_an_exception_says_all_it_must(entries: object, message: str):
    """An entry that says less, more or nonsense is refused with what is allowed and what was given."""
    with pytest.raises(BadException) as refused:
        parse(entries, BY_ID)
    assert message in str(refused.value)


def test_no_exceptions_are_fine():
    """A stack's file without the key has none."""
    assert parse(None, BY_ID) == []


def test_the_context_comes_from_the_stacks_file():
    """Full keys, structures as the JSON Pulumi passes on; a stack of another name is judged as dev."""
    config = {"slipway:environment": "prod", "slipway:kind": "ephemeral", "policy:allowedRegions": '["eu-west-1"]'}
    context = Context.from_config("prod", {**config, "policy:maxInstances": "3"}, TODAY)
    assert (context.production, context.ephemeral, context.max_instances) == (True, True, 3)
    assert context.allowed_regions == frozenset({"eu-west-1"})
    copy = Context.from_config("demo-anna", {}, TODAY)
    assert (copy.environment, copy.ephemeral) == ("dev", False)
    assert "europe-west1" in copy.allowed_regions
