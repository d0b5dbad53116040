"""Records which operations Terraform's AWS provider calls for each type that has a row of permissions.

Pulumi's AWS provider is this one behind a bridge. ``python -m tests.contract.amazon.terraform.recording`` starts a
sandbox, brings ``main.tf`` up, looks at it again, changes it, takes it away, and writes ``calls.json`` anew.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway.catalog.offers import BEANSTALK_STACKS
from slipway.catalog.permissions import AWS
from slipway.sandbox import composition
from tests.sandbox.aws.beanstalk_stage import files
from tests.sandbox.aws.materials import zipped

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
CALLS = HERE / "calls.json"
PLUGINS = Path(os.environ.get("TERRAFORM_PLUGINS", "/opt/tf-plugins"))
"""Where the provider is, laid out as Terraform's file system mirrors are."""
PATIENCE = 600
"""Seconds for one command."""
NAMES = {
    "aws_elastic_beanstalk_": "aws:elasticbeanstalk/",
    "aws_cloudwatch_event_": "aws:cloudwatch/event_",
    "aws_cloudwatch_log_": "aws:cloudwatch/log_",
    "aws_cloudwatch_metric_": "aws:cloudwatch/metric_",
    "aws_s3_object": "aws:s3/bucket_objectv2",
}
"""How Terraform's names begin that Pulumi does not spell alike."""
LOOKING = ("PlanResourceChange", "ReadResource", "ReadDataSource")
"""What a preview makes the provider do."""

Calls = Mapping[str, Mapping[str, list[str]]]
"""Resource type → ``preview`` and ``deploy`` → ``IAM.CreateRole`` and the like, sorted."""


def why_not() -> str:
    """What is missing for a recording, as a reason; empty if nothing is."""
    if shutil.which("terraform") is None:
        return "terraform is not installed"
    if not list(PLUGINS.glob("*/hashicorp/aws/*/*")):
        return f"Terraform's AWS provider is not in {PLUGINS}: set TERRAFORM_PLUGINS to the folder that has it"
    return ""


def record(variables: Mapping[str, str], folder: Path) -> Calls:
    """The calls of a whole life of ``main.tf`` on a sandbox's AWS.

    Raises :class:`subprocess.CalledProcessError` where a command fails.
    """
    shutil.copy(HERE / "main.tf", folder)
    for note in ("first", "second"):
        source = f"def handler(event, context):\n    return {note!r}\n"
        (folder / f"{note}.zip").write_bytes(zipped({"main.py": source}))
    (folder / "web.zip").write_bytes(files("a page"))
    terraform = Terraform(variables=variables, folder=folder)
    terraform.run("init", f"-plugin-dir={PLUGINS}")
    for words in (("apply", "first"), ("plan", "first"), ("apply", "second"), ("destroy", "second")):
        terraform.change(*words)
    return by_type(requests((folder / "terraform.log").read_text(encoding="utf-8", errors="replace")))


@dataclass(frozen=True, kw_only=True)
class Terraform:
    """Terraform in a folder, whose log is ``terraform.log``."""

    variables: Mapping[str, str]
    """What its AWS provider comes to the sandbox by."""
    folder: Path

    def run(self, *words: str) -> None:
        """One command; it asks nothing."""
        log = {"TF_LOG": "DEBUG", "TF_LOG_PATH": str(self.folder / "terraform.log"), "CHECKPOINT_DISABLE": "1"}
        environment = {**os.environ, **self.variables, **log}
        subprocess.run(
            ["terraform", *words, "-input=false", "-no-color"],
            cwd=self.folder, env=environment, check=True, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip

    def change(self, verb: str, note: str) -> None:
        """Apply, plan or destroy with the variable ``note``."""
        agreed = () if verb == "plan" else ("-auto-approve",)
        self.run(verb, *agreed, "-var", f"note={note}", "-var", f"solution_stack={BEANSTALK_STACKS['3.13']}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that the provider sent."""

    operation: str
    """``IAM.CreateRole``."""
    asked: str
    """What Terraform had asked of the provider: ``ReadResource``."""
    type: str
    """Terraform's name of the resource type; empty where the provider asked for itself."""


def requests(log: str) -> Iterator[Request]:
    """The requests of a log, whose entries begin with a time and may have several lines."""
    for entry in re.split(r"^(?=\d{4}-\d\d-\d\dT)", log, flags=re.MULTILINE):
        if "HTTP Request Sent" in entry:
            service = field(entry, r'rpc\.service="?([\w ]+?)"?(?=\s+[\w@.]+=|\s*$)')
            operation = field(entry, r"rpc\.method=(\w+)")
            yield Request(
                operation=f"{service}.{operation}",
                asked=field(entry, r"tf_rpc=(\w+)"),
                type=field(entry, r"tf_resource_type=(\w+)"),
            )


def field(entry: str, pattern: str) -> str:
    """What a pattern's group matches in an entry of the log."""
    match = re.search(pattern, entry)
    return match[1] if match else ""


def by_type(all_requests: Iterator[Request]) -> Calls:
    """The operations of each type, those of a preview apart."""
    operations: dict[str, dict[str, set[str]]] = {}
    for request in all_requests:
        kind = "preview" if request.asked in LOOKING else "deploy"
        if request.type:
            of_type = operations.setdefault(pulumi_type(request.type), {"preview": set(), "deploy": set()})
            of_type[kind].add(request.operation)
    return {
        type: {kind: sorted(names) for kind, names in of_type.items()} for type, of_type in sorted(operations.items())
    }


def pulumi_type(name: str) -> str:
    """Pulumi's name of one of Terraform's types: ``aws_iam_role`` → ``aws:iam/role:Role``."""
    beginning = next((one for one in NAMES if name.startswith(one)), "")
    spelt = (
        NAMES[beginning] + name.removeprefix(beginning) if beginning else name.replace("_", ":", 1).replace("_", "/", 1)
    )
    service, _, words = spelt.removeprefix("aws:").partition("/")
    first, *others = words.split("_")
    camel = first + "".join(word.title() for word in others)
    return f"aws:{service}/{camel}:{camel[0].upper()}{camel[1:]}"


def main() -> int:
    """Record on a sandbox of its own; 1 if a type with a row was not recorded."""
    if missing := why_not():
        sys.stderr.write(f"{missing}\n")
        return 1
    with tempfile.TemporaryDirectory() as above:
        state_folder, folder = Path(above) / ".slipway", Path(above) / "terraform"
        folder.mkdir()
        composition.ensure(state_folder, ROOT)
        try:
            calls = record(composition.environment(state_folder, ROOT), folder)
        finally:
            composition.stop(state_folder)
    provider = next(PLUGINS.glob("*/hashicorp/aws/*/*")).parent.name
    CALLS.write_text(json.dumps({"provider": f"hashicorp/aws {provider}", "calls": calls}, indent=1) + "\n")
    lacking = sorted(AWS.keys() - calls.keys())
    sys.stderr.write("".join(f"{type} was not recorded: give main.tf a resource of it\n" for type in lacking))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
