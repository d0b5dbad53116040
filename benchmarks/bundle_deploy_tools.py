"""The tools of `bundle_deploy.py`: each with the same function deployed, and the emulator that two of them share."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import uv
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
PEER = {
    **CREDENTIALS,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "SAM_CLI_TELEMETRY": "0",
    "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", "")]),
}
CDK = ("aws-cdk@2.1148.1", "aws-cdk-lib@2.276.0", "constructs")
SAM = ("aws-sam-cli==1.170.0", "setuptools<81")

CDK_APP = """\
const cdk = require("aws-cdk-lib/core");
const lambda = require("aws-cdk-lib/aws-lambda");
const stack = new cdk.Stack(new cdk.App(), "Hello", { env: { account: "000000000000", region: "us-east-1" } });
new lambda.Function(stack, "Hello", {
  functionName: "hello-cdk", runtime: lambda.Runtime.PYTHON_3_11, handler: "lambda_function.lambda_handler",
  code: lambda.Code.fromAsset("asset"), timeout: cdk.Duration.seconds(10),
});
"""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool with its function deployed: what is edited, what is typed, how the function is asked."""

    name: str
    says: str
    folder: Path
    code: Path
    deploy: tuple[tuple[str, ...], ...]
    preview: tuple[str, ...]
    environment: dict[str, str]
    ask: Callable[[], str]


def answer_with(code: Path, text: str) -> None:
    """Have the function answer with a text; the rest of it, and what it imports, stays as it is."""
    source = (ROOT / "app_src/hello_function/lambda_function.py").read_text()
    code.write_text(
        f"{source}\n\ndef lambda_handler(event, context):\n    return {{'statusCode': 200, 'body': {text!r}}}\n"
    )


def run(words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(words, cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(words)} failed in {folder}:\n{done.stdout}{done.stderr}")
    return done.stdout


def asker(endpoint: str, function: str, **more: str) -> Callable[[], str]:
    """Invokes a function and returns what it answers, as text."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": more.pop("region", REGION)}
    client: Any = boto3.client("lambda", endpoint_url=endpoint, **keys)
    return lambda: client.invoke(FunctionName=function, Payload=b"{}", **more)["Payload"].read().decode()


def ours(work: Path) -> dict[str, str]:
    return {"SLIPWAY_HOME": str(work / "slipway-home")}


def slipway(work: Path) -> Tool:
    """The project itself in a folder of its own, its sandbox stack holding nothing but the function."""
    folder = work / "slipway"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x"], cwd=folder, input=archive, check=True)
    place, yaml = folder / "stacks/Pulumi.sandbox.yaml", YAML()
    stack = yaml.load(place)
    apps = stack["config"]["slipway:apps"]
    stack["config"]["slipway:apps"] = {"hello-function": apps["hello-function"]}
    for key in ("slipway:gcp", "slipway:registries"):
        stack["config"].pop(key, None)
    yaml.dump(stack, place)
    environment = ours(work)
    words = (str(BIN / "slipway"),)
    code = folder / "app_src/hello_function/lambda_function.py"
    answer_with(code, "before")
    deploy = (*words, "up", "--stack", "sandbox")
    run(deploy, folder, environment)
    outputs = json.loads(
        run((*words, "engine", "stack", "output", "--json", "-s", "sandbox"), folder, sandbox_of(work))
    )
    exported = run((*words, "sandbox", "env"), folder, environment)
    endpoint = next(line.split("=")[1] for line in exported.splitlines() if "AWS_ENDPOINT_URL=" in line)
    name = outputs["apps"]["hello-function"]["resource"]
    region = str(stack["config"]["aws:region"])
    return Tool(
        name="slipway",
        says="`slipway up`, probes included; `slipway preview`",
        folder=folder,
        code=code,
        deploy=(deploy,),
        preview=(*words, "preview", "--stack", "sandbox"),
        environment=environment,
        ask=asker(endpoint.strip("'"), name, Qualifier="live", region=region),
    )


def sandbox_of(work: Path) -> dict[str, str]:
    """What the engine's own command wants to know of the sandbox's state."""
    said = run((str(BIN / "slipway"), "sandbox", "env"), work / "slipway", ours(work))
    exports = (line.removeprefix("export ") for line in said.splitlines())
    return ours(work) | {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in exports)}


def cdk(work: Path, port: int) -> Tool:
    """CDK in its own language, which starts fastest; its asset's dependencies are installed beforehand."""
    folder = fresh(work / "cdk")
    tools = work / "tools/cdk"
    if not (tools / "done").exists():
        run(("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(tools), *CDK), work, {})
        (tools / "done").touch()
    (folder / "node_modules").symlink_to(tools / "node_modules")
    (folder / "app.js").write_text(CDK_APP)
    (folder / "cdk.json").write_text(json.dumps({"app": "node app.js"}))
    asset = folder / "asset"
    lock = ROOT / "app_src/hello_function/requirements.txt"
    where = ("--target", str(asset), "--python-platform", "x86_64-manylinux_2_17", "--python-version", "3.11")
    run((uv.find_uv_bin(), "pip", "install", "-q", *where, "--only-binary", ":all:", "-r", str(lock)), folder, {})
    answer_with(asset / "lambda_function.py", "before")
    environment = PEER | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    command = str(tools / "node_modules/.bin/cdk")
    deploy = (command, "deploy", "--require-approval", "never")
    run((command, "bootstrap", f"aws://000000000000/{REGION}"), folder, environment)
    run(deploy, folder, environment)
    return Tool(
        name="cdk",
        says=f"`cdk deploy`, `cdk diff`: {', '.join(CDK[:2])}, the stack in JavaScript, dependencies installed before",
        folder=folder,
        code=asset / "lambda_function.py",
        deploy=(deploy,),
        preview=(command, "diff"),
        environment=environment,
        ask=asker(environment["AWS_ENDPOINT_URL"], "hello-cdk"),
    )


def sam(work: Path, port: int) -> Tool:
    """SAM with its cache of dependencies."""
    folder = fresh(work / "sam")
    command = str(venv(work / "tools/sam", SAM) / "sam")
    function = {"CodeUri": ".", "Handler": "lambda_function.lambda_handler", "Runtime": "python3.11", "Timeout": 10}
    resources = {
        "Hello": {"Type": "AWS::Serverless::Function", "Properties": {**function, "FunctionName": "hello-sam"}}
    }
    (folder / "template.json").write_text(
        json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    )
    shutil.copy(ROOT / "app_src/hello_function/requirements.txt", folder)
    answer_with(folder / "lambda_function.py", "before")
    environment = PEER | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    build = (command, "build", "--cached", "--template", "template.json")
    quiet = ("--resolve-s3", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar")
    into = ("--stack-name", "hello-sam", "--capabilities", "CAPABILITY_IAM", "--region", REGION)
    deploy = (command, "deploy", *into, *quiet)
    for words in (build, deploy):
        run(words, folder, environment)
    return Tool(
        name="sam",
        says=f"`sam build --cached && sam deploy`, `sam deploy --no-execute-changeset` ({SAM[0]})",
        folder=folder,
        code=folder / "lambda_function.py",
        deploy=(build, deploy),
        preview=(*deploy, "--no-execute-changeset"),
        environment=environment,
        ask=asker(environment["AWS_ENDPOINT_URL"], "hello-sam"),
    )


def start_emulator(work: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The peers' emulator on a free port, and that port."""
    from slipway.sandbox.services.ports import choose

    port = choose(("http",))["http"]
    binary = venv(work / "tools/ministack", (f"ministack=={version('ministack')}", "aws-sam-translator")) / "ministack"
    data = fresh(work / "ministack")
    environment = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": f"unix://{data}/none.sock",
        "S3_DATA_DIR": str(data / "s3"),
        "STATE_DIR": str(data / "state"),
    }
    with (data / "log").open("wb") as log:
        process = subprocess.Popen([binary], cwd=data, env=os.environ | environment, stdout=log, stderr=log)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process, port
    process.kill()
    raise SystemExit(f"the emulator does not answer: {data / 'log'}")


def venv(folder: Path, packages: tuple[str, ...]) -> Path:
    """The commands of some packages in an environment of their own, bytecode compiled."""
    if not (folder / "done").exists():
        run((uv.find_uv_bin(), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)), ROOT, {})
        where = ("--quiet", "--compile-bytecode", "--python", str(folder / "bin/python"))
        run((uv.find_uv_bin(), "pip", "install", *where, *packages), ROOT, {})
        (folder / "done").touch()
    return folder / "bin"


def fresh(folder: Path) -> Path:
    """An empty folder in the place of whatever was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
