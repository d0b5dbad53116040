"""Small programs that nobody here runs every day, on a running sandbox: each showed a whole kind of mistake once."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from boto3.session import Session

from slipway.providers.protocol.handler import zipped
from slipway.sandbox import composition
from slipway.sandbox.composition.environment import environment

pytestmark = pytest.mark.services
ROOT, PROGRAMS = Path(__file__).parents[2], Path(__file__).parent / "programs"


@dataclass
class Bench:
    """A running sandbox, and programs beside it with a backend of their own."""

    variables: Mapping[str, str]
    folder: Path
    region: str = "eu-central-1"
    programs: dict[str, Path] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        variables = self.variables
        return Session().client(
            service,
            region_name=self.region,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )

    def engine(self, program: str, *words: str, fails: bool = False, **more: str) -> str:
        """What the embedded engine prints of a command in a program's folder."""
        folder = self.programs.get(program)
        if folder is None:
            folder = self.programs[program] = self.folder / program
            shutil.copytree(PROGRAMS / program, folder)
            (self.folder / f"{program}-state").mkdir()
        backend = {"PULUMI_BACKEND_URL": f"file://{self.folder / f'{program}-state'}"}
        answer = subprocess.run(
            [sys.executable, "-m", "slipway", "engine", *words],
            cwd=folder,
            env={**os.environ, **self.variables, **backend, "PYTHONPATH": str(ROOT), **more},
            capture_output=True,
            text=True,
            timeout=300,
        )
        printed = answer.stdout + answer.stderr
        assert (answer.returncode != 0) is fails, printed
        return printed

    def stack(self, program: str, name: str) -> None:
        """A new stack of a program, in this region."""
        self.engine(program, "stack", "init", name)
        self.configure(program, name)

    def configure(self, program: str, name: str, *lines: str) -> None:
        """The settings of a stack: the region, and further lines."""
        text = "\n".join(["config:", f"  aws:region: {self.region}", *lines, ""])
        (self.programs[program] / f"Pulumi.{name}.yaml").write_text(text)

    def up(self, program: str, stack: str, **more: Any) -> str:
        return self.engine(program, "up", "--yes", "--skip-preview", "--stack", stack, **more)

    def destroy(self, program: str, stack: str) -> str:
        return self.engine(program, "destroy", "--yes", "--skip-preview", "--stack", stack)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("programs")
    state_folder = folder / ".slipway"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        composition.ensure(state_folder, ROOT)
        yield Bench(environment(state_folder, ROOT), folder)
        composition.stop(state_folder)


def test_a_second_stack_of_the_same_names_is_refused_and_the_first_loses_nothing(bench: Bench) -> None:
    """Every one in AWS's words; the second's destroy takes nothing, and the first's next up is quiet."""
    for stack in ("dev", "prod"):
        bench.stack("two_stacks", stack)
    bench.up("two_stacks", "dev")
    refused = bench.engine(
        "two_stacks", "up", "--yes", "--skip-preview", "--continue-on-error", "--stack", "prod", fails=True
    )
    for code in (
        "BucketAlreadyOwnedByYou",
        "EntityAlreadyExists",
        "ResourceAlreadyExistsException",
        "RepositoryAlreadyExistsException",
    ):
        assert code in refused
    bench.destroy("two_stacks", "prod")
    assert bench.client("s3").head_bucket(Bucket="shop-assets-rep")
    assert bench.client("iam").get_role(RoleName="shop-role-rep")
    assert bench.client("ecr").describe_repositories(repositoryNames=["shop-rep"])
    quiet = bench.up("two_stacks", "dev")
    assert "unchanged" in quiet and "created" not in quiet
    bench.destroy("two_stacks", "dev")


def test_a_bucket_made_by_hand_is_refused_and_stays(bench: Bench) -> None:
    """The program has not made it: it is neither taken over nor destroyed."""
    bench.stack("made_by_hand", "dev")
    s3 = bench.client("s3")
    s3.create_bucket(Bucket="rep-by-hand", CreateBucketConfiguration={"LocationConstraint": bench.region})
    assert "BucketAlreadyOwnedByYou" in bench.up("made_by_hand", "dev", fails=True)
    bench.destroy("made_by_hand", "dev")
    assert s3.head_bucket(Bucket="rep-by-hand")


def test_changed_default_tags_update_every_resource(bench: Bench) -> None:
    """The provider's configuration is a part of each resource that has tags."""
    bench.stack("default_tags", "dev")
    for team, changes in (("a", "created"), ("b", "updated")):
        bench.configure("default_tags", "dev", "  aws:defaultTags:", "    tags:", f"      team: {team}")
        assert changes in bench.up("default_tags", "dev")
        outputs = json.loads(bench.engine("default_tags", "stack", "output", "--json", "--stack", "dev"))
        assert outputs["tags"] == outputs["btags"] == {"team": team}
    bench.destroy("default_tags", "dev")


def test_what_was_made_by_hand_is_imported_as_it_is(bench: Bench) -> None:
    """The inputs are what is there: imported, and unchanged by the next up."""
    _by_hand(bench)
    bench.stack("imports", "dev")
    assert "5 imported" in bench.up("imports", "dev")
    quiet = bench.up("imports", "dev")
    assert "unchanged" in quiet and "updated" not in quiet


def test_a_functions_code_is_the_programs_own(bench: Bench) -> None:
    """A relative path is the program's, not the provider host's; an archive of parts works as a folder does."""
    bench.stack("assets", "dev")
    bench.up("assets", "dev")
    names = json.loads(bench.engine("assets", "stack", "output", "--json", "--stack", "dev"))
    for mode, folder in {"folder": "app_src/hello_function", "assets": "app", "inline": "app"}.items():
        code = (PROGRAMS / "assets" / folder / "lambda_function.py").read_bytes()
        digest = hashlib.sha256(zipped({"lambda_function.py": code})).digest()
        configuration = bench.client("lambda").get_function_configuration(FunctionName=names[mode])
        assert configuration["CodeSha256"] == base64.b64encode(digest).decode(), mode
    bench.destroy("assets", "dev")


def _by_hand(bench: Bench) -> None:
    """Each thing that the program imports."""
    iam = bench.client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="imp-hand", AssumeRolePolicyDocument=policy)
    managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.attach_role_policy(RoleName="imp-hand", PolicyArn=managed)
    location = {"LocationConstraint": bench.region}
    bench.client("s3").create_bucket(Bucket="imp-hand", CreateBucketConfiguration=location)
    bench.client("logs").create_log_group(logGroupName="/imp/hand")
    bench.client("logs").put_retention_policy(logGroupName="/imp/hand", retentionInDays=7)
    bench.client("ecr").create_repository(repositoryName="imp-hand")
