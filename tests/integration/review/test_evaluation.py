"""Two revisions of small programs, evaluated without a cloud: what the engine would do, and what nobody may read."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from slipway.bundle.commits import commit_of
from slipway.errors import UserError
from slipway.review.document import document
from slipway.review.model import Environment, Item, Review
from slipway.review.review import make_review
from slipway.review.trees import tree_of
from slipway.stack.project import Project

Commit = Callable[..., str]
TODAY = date(2026, 1, 1)
STACK = "config:\n  slipway:environment: dev\n  slipway:kind: ephemeral\n"

LOGS = """
import pulumi

def logs(who, /, **props):
    opts = props.pop("opts", None)
    class Logs(pulumi.CustomResource):
        arn: pulumi.Output[str]
    return Logs("aws:cloudwatch/logGroup:LogGroup", who, {"arn": None, **props}, opts)

def policy(who, /, **props):
    return pulumi.CustomResource("aws:iam/rolePolicy:RolePolicy", who, props)
"""

PAIR = (
    LOGS
    + """
group = logs("app", name="{name}", retentionInDays={days})
policy("may-log", role="r", name="p", policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "{action}", "Resource": group.arn}]}))
"""
)


@pytest.fixture
def reviewed(project: Project, commit: Commit) -> Callable[[str, str], Review]:
    """``reviewed(old, new)``: the review of two programs of one stack, ``dev``."""

    def between(old: str, new: str) -> Review:
        base = commit({"__main__.py": old, "stacks/Pulumi.dev.yaml": STACK})
        head = commit({"__main__.py": new})
        return make_review(project, base, head, (), TODAY)

    return between


def filled(text: str, **values: object) -> str:
    """``text`` with ``{name}`` replaced; other braces are the program's."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def only(review: Review) -> Environment:
    """The one environment, which was compared."""
    (found,) = review.environments
    assert found.error == ""
    return found


def items(env: Environment) -> dict[str, Item]:
    return {item.name: item for item in env.items}


def test_an_update_and_what_does_not_follow_from_it(reviewed):
    """A retention in place changes one property; the policy that names the group stays as it is."""
    env = only(reviewed(filled(PAIR, name="n", days=7, action="a"), filled(PAIR, name="n", days=30, action="a")))
    found = items(env)
    assert {name: item.op for name, item in found.items()} == {"app": "update", "may-log": "same"}
    assert [(c.path, c.kind, c.old, c.new, c.replaces) for c in found["app"].changes] == [
        ("retentionInDays", "update", "7", "30", False)
    ]


def test_a_replacement_says_what_forces_it_and_what_follows(reviewed):
    """Another name replaces the group, and the policy with its address inside is updated."""
    env = only(reviewed(filled(PAIR, name="n", days=7, action="a"), filled(PAIR, name="m", days=7, action="a")))
    found = items(env)
    assert found["app"].op == "replace"
    assert [(change.path, change.replaces) for change in found["app"].changes] == [("name", True)]
    assert found["may-log"].op == "update"
    (change,) = found["may-log"].changes
    assert change.path == "policy (JSON).Statement[0].Resource"
    assert "⟨arn of LogGroup app⟩" in change.old
    assert "⟨new arn of LogGroup app⟩" in change.new


def test_a_policy_around_an_unknown_address_is_still_compared_and_judged(reviewed):
    """Where a preview knows nothing of a document, the review sees that all is allowed now."""
    env = only(
        reviewed(filled(PAIR, name="n", days=7, action="logs:PutLogEvents"), filled(PAIR, name="n", days=7, action="*"))
    )
    (change,) = items(env)["may-log"].changes
    assert (change.path, change.old, change.new) == (
        "policy (JSON).Statement[0].Action",
        '"logs:PutLogEvents"',
        '"*"',
    )
    assert any("may-log" in finding.message for finding in env.findings)


def test_a_program_that_takes_an_identifier_apart_is_evaluated_with_unknowns(reviewed):
    """A stand-in that a program cannot read is taken back: it counts as unknown then, as in any preview."""
    program = (
        LOGS
        + """
group = logs("app", name="n", retentionInDays={days})
policy("may-log", role="r", name="p", policy=group.arn.apply(lambda arn: str(int(arn.split(":")[4]))))
"""
    )
    env = only(reviewed(filled(program, days=7), filled(program, days=30)))
    assert {name: item.op for name, item in items(env).items()} == {"app": "update", "may-log": "same"}


def test_a_new_and_a_removed_resource(reviewed):
    """What comes is told with all its properties, what goes by name."""
    env = only(reviewed(LOGS + 'logs("a", name="a")', LOGS + 'logs("b", name="b", retentionInDays=7)'))
    found = items(env)
    assert {name: item.op for name, item in found.items()} == {"a": "delete", "b": "create"}
    assert ("retentionInDays", "7") in {(change.path, change.new) for change in found["b"].changes}


def test_a_protected_resource_is_not_deleted(reviewed):
    """The engine's refusal is told with the resource, as it would come from an up."""
    kept = LOGS + 'logs("a", name="a", opts=pulumi.ResourceOptions(protect=True))'
    item = items(only(reviewed(kept, LOGS)))["a"]
    assert item.op == "delete"
    assert "protect" in item.problem


def test_an_alias_makes_a_renamed_resource_the_same(reviewed):
    """A new name with the old one as alias neither creates nor deletes anything."""
    renamed = LOGS + 'logs("b", name="a", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="a")]))'
    env = only(reviewed(LOGS + 'logs("a", name="a")', renamed))
    assert {name: item.op for name, item in items(env).items()} == {"b": "same"}


def test_bad_inputs_are_told_as_the_failure_of_the_environment(reviewed):
    """What the sandbox's cloud would refuse is refused here, with the property named."""
    (env,) = reviewed(LOGS, LOGS + 'logs("a", name="a", retentionInDays=8)').environments
    assert env.status == "failed"
    assert "retentionInDays" in env.error


def test_a_failing_program_is_an_environment_that_fails(reviewed):
    """Its own error is shown, with the line, and nothing of ours."""
    (env,) = reviewed(LOGS, "def broken():\n    raise ValueError('no such region')\nbroken()\n").environments
    assert env.status == "failed"
    assert "no such region" in env.error
    assert "__main__.py" in env.error
    assert "slipway/" not in env.error


def test_a_base_that_fails_does_not_hide_the_change(reviewed):
    """The mended program is told as if nothing had been there."""
    (env,) = reviewed("1/0", LOGS + 'logs("a", name="a")').environments
    assert env.status == "base-failed"
    assert "ZeroDivisionError" in env.error
    assert items(env)["a"].op == "create"


def test_a_program_that_kills_its_process_is_reported(reviewed):
    """Even that ends one environment, not the review."""
    (env,) = reviewed(LOGS, "import os\nos._exit(7)\n").environments
    assert env.status == "failed"
    assert "status 7" in env.error


def test_environments_that_come_and_go(project: Project, commit: Commit):
    """A new stack file is a new environment; one that is gone destroys nothing, and that is said."""
    base = commit({"__main__.py": LOGS + 'logs("a", name="a")', "stacks/Pulumi.old.yaml": STACK})
    head = commit({"stacks/Pulumi.old.yaml": None, "stacks/Pulumi.fresh.yaml": STACK})
    review = make_review(project, base, head, (), TODAY)
    assert [(env.name, env.status) for env in review.environments] == [("fresh", "new"), ("old", "removed")]
    assert items(review.environments[0])["a"].op == "create"


def test_sealed_settings_are_never_opened(project: Project, commit: Commit, monkeypatch: pytest.MonkeyPatch):
    """Without any passphrase a secret is told as one; another sealed text is a change, and neither text is shown."""
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    program = (
        LOGS
        + """
logs("a", name="a", tags={"word": pulumi.Config().require_secret("word"), "own": pulumi.Output.secret("plain-word")})
"""
    )
    sealed = "encryptionsalt: v1:AAAA:v1:BBBB:CCCC\n" + STACK + "  small:word:\n    secure: v1:{word}:x\n"
    base = commit({"__main__.py": program, "stacks/Pulumi.dev.yaml": filled(sealed, word="Zmlyc3Q=")})
    head = commit({"stacks/Pulumi.dev.yaml": filled(sealed, word="c2Vjb25k")})
    review = make_review(project, base, head, (), TODAY)
    (change,) = items(only(review))["a"].changes
    assert (change.path, change.old, change.new) == ("tags.word", "[secret]", "[secret]")
    for hidden in ("plain-word", "Zmlyc3Q=", "c2Vjb25k", "sealed-"):
        assert hidden not in document(review)


def test_the_stacks_own_outputs_are_those_of_the_base(reviewed):
    """A program that remembers by a reference to itself is told what the base exported; another stack is unknown."""
    program = (
        LOGS
        + """
own = pulumi.StackReference("own", stack_name="organization/small/dev")
other = pulumi.StackReference("other", stack_name="organization/small/prod")
logs("a", name="a", tags={"before": own.get_output("word").apply(str), "theirs": other.get_output("x")})
pulumi.export("word", "{word}")
"""
    )
    env = only(reviewed(filled(program, word="first"), filled(program, word="second")))
    (change,) = items(env)["a"].changes
    assert (change.path, change.old, change.new) == ("tags.before", '"None"', '"first"')


def test_functions_of_the_cloud_are_unknown_unless_they_need_none(reviewed):
    """The region is in the settings; the account is only known to the cloud."""
    program = (
        LOGS
        + """
from pulumi_aws import get_caller_identity_output, get_region_output
logs("a", name="a", tags={"region": get_region_output(region="eu-north-1").region,
                           "account": get_caller_identity_output().account_id, "n": "{n}"})
"""
    )
    env = only(reviewed(LOGS, filled(program, n=1)))
    told = {change.path: change.new for change in items(env)["a"].changes}
    assert told["tags.region"] == '"eu-north-1"'
    assert told["tags.account"] == "[unknown]"


def test_each_revision_runs_its_own_modules(project: Project, commit: Commit):
    """A helper beside the program is the revision's, also the project's own package slipway.bundle."""
    program = LOGS + 'from helper import name\nfrom slipway.bundle import WHO\nlogs("a", name=name, tags={"who": WHO})'
    files = {"__main__.py": program, "helper.py": 'name = "one"', "slipway/__init__.py": ""}
    base = commit({**files, "slipway/bundle/__init__.py": 'WHO = "old"', "stacks/Pulumi.dev.yaml": STACK})
    head = commit({"helper.py": 'name = "two"', "slipway/bundle/__init__.py": 'WHO = "new"'})
    item = items(only(make_review(project, base, head, (), TODAY)))["a"]
    assert {(change.path, change.new) for change in item.changes} == {("name", '"two"'), ("tags.who", '"new"')}


def test_an_evaluation_sees_no_credentials(reviewed, monkeypatch: pytest.MonkeyPatch):
    """Keys, tokens and passphrases of whoever runs the review are not in the program's environment."""
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.setenv(name, "precious")
    program = LOGS + 'import os\nlogs("a", name="a", tags={"seen": str("precious" in os.environ.values())})'
    told = {change.path: change.new for change in items(only(reviewed(LOGS, program)))["a"].changes}
    assert told["tags.seen"] == '"False"'


def test_the_working_tree_counts_as_it_is(project: Project, commit: Commit):
    """What is not committed is reviewed too, and the revision's checkout is left alone."""
    base = commit({"__main__.py": LOGS + 'logs("a", name="a")', "stacks/Pulumi.dev.yaml": STACK})
    (project.root / "__main__.py").write_text(LOGS)
    env = only(make_review(project, base, "worktree", (), TODAY))
    assert items(env)["a"].op == "delete"
    assert not list(project.root.glob("**/.slipway"))


def test_two_reviews_give_the_same_bytes(project: Project, commit: Commit):
    """Nothing of the clock, of chance or of this machine is in a review."""
    base = commit({"__main__.py": filled(PAIR, name="n", days=7, action="a"), "stacks/Pulumi.dev.yaml": STACK})
    head = commit({"__main__.py": filled(PAIR, name="m", days=7, action="*")})
    first, second = (document(make_review(project, base, head, (), TODAY)) for _ in range(2))
    assert first == second
    assert str(project.root) not in first
    assert json.loads(first)["base"] == base[:12]


@pytest.mark.parametrize(
    ("revision", "said"),
    [("nowhere", "git knows no revision 'nowhere'"), ("--output=x", "is no revision"), ("HEAD~9", "git knows no")],
)
def test_a_revision_that_is_not_there(project: Project, commit: Commit, revision: str, said: str):
    """A slip of the pen, or an option in the place of a revision, is one message."""
    commit({"__main__.py": "", "stacks/Pulumi.dev.yaml": STACK})
    with pytest.raises(UserError, match=said):
        tree_of(revision, project)


def test_a_stack_that_neither_revision_has(project: Project, commit: Commit):
    """The message names the nearest one."""
    base = commit({"__main__.py": "", "stacks/Pulumi.dev.yaml": STACK})
    with pytest.raises(UserError, match=r"'deev' \(did you mean 'dev'\?\)"):
        make_review(project, base, "worktree", ["deev"], TODAY)


def test_a_revision_hides_no_file_from_its_review(project: Project, commit: Commit):
    """`export-ignore` in .gitattributes keeps files out of archives; the review has them all the same."""
    commit({".gitattributes": "secret.py export-ignore\n", "secret.py": "x", "__main__.py": ""})
    assert (tree_of("HEAD", project).root / "secret.py").read_text() == "x"


def test_a_revision_tells_the_commits_of_its_files(project: Project, commit: Commit):
    """As the working tree does: a label with the last commit of an image's files is the same on both sides."""
    commit({"app/main.py": "x", "__main__.py": ""})
    commit({"README.md": "x"})
    revision, worktree = (commit_of(tree_of(name, project).root / "app", ["main.py"]) for name in ("HEAD", "worktree"))
    assert revision is not None
    assert revision == worktree


def test_outside_of_a_repository(project: Project):
    """A folder without git is said to be one."""
    with pytest.raises(UserError, match="is in no Git repository: `git init`"):
        tree_of("HEAD", project)
