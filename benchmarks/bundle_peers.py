"""The tools of the bundle benchmark: how each is installed, configured and called."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uv
from bundle_apps import Prepare, nothing, unhashed

PLATFORM = ("--only-binary", ":all:", "--python-version", "3.11")
IN_PROCESS = (
    "import time; from pathlib import Path; from slipway.bundle import lambda_zip; "
    "began = time.perf_counter(); lambda_zip(Path.cwd()); print(time.perf_counter() - began)"
)


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One tool."""

    name: str
    says: str
    version: str = ""
    command: Callable[[Path], list[str]]
    """``command(folder of the tool) -> words``, run in the app's folder."""
    makes: str
    """What the folder holds afterwards."""
    outputs: tuple[str, ...]
    """What is removed for the row with warm caches: all the tool keeps in the app's folder."""
    layout: str = "lambda"
    inside: str = "."
    """Where in the folder the app lies, and the command is typed."""
    turns: int | None = None
    """How often it is measured at most: what takes ten times as long needs no more."""
    prepare: Prepare = nothing
    packages: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    ours: bool = False
    reports: bool = False
    """Whether the command prints the seconds itself: those of the build alone, without its interpreter's start."""
    environment: dict[str, str] = field(default_factory=dict)


def install(peer: Peer, tools: Path) -> bool:
    """Install a tool into a folder of its own, once; False where it cannot be had."""
    folder = tools / peer.name
    if (folder / "done").exists():
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        if peer.packages:
            run(uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, folder / "venv")
            run(
                uv.find_uv_bin(),
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                folder / "venv/bin/python",
                *peer.packages,
            )
        if peer.npm:
            run("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, *peer.npm)
    except (OSError, subprocess.CalledProcessError) as wrong:
        print(f"{peer.name} is left out: {wrong}", file=sys.stderr)
        return False
    (folder / "done").touch()
    return True


def run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def shell(install_line: str) -> Callable[[Path], list[str]]:
    """Install into a folder that is kept, copy the app over it, zip: what many a makefile does."""
    script = (
        "set -e; if [ ! -d .made ]; then mkdir .made; if [ -s requirements.txt ]; then {install}; fi; fi; "
        "cp *.py .made; if [ -d parts ]; then cp -r parts .made; fi; rm -f out.zip; cd .made; zip -qr ../out.zip ."
    )
    return lambda tool: ["sh", "-c", script.format(install=install_line.format(tool=tool, uv=uv.find_uv_bin()))]


def prepare_slipway(folder: Path, app: str) -> None:
    (folder.parents[1] / "Pulumi.yaml").write_text("name: benchmark\n")


def prepare_sam(folder: Path, app: str) -> None:
    unhashed(folder)
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"CodeUri": ".", "Handler": "lambda_function.lambda_handler", "Runtime": "python3.11"},
    }
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Hello": function}}
    (folder / "template.json").write_text(json.dumps(template))


def prepare_chalice(folder: Path, app: str) -> None:
    unhashed(folder)
    (folder / ".chalice").mkdir()
    stages = {"dev": {"autogen_policy": False, "iam_policy_file": "policy.json"}}
    (folder / ".chalice/config.json").write_text(
        json.dumps({"version": "2.0", "app_name": "benchmark", "stages": stages})
    )
    (folder / ".chalice/policy.json").write_text('{"Version": "2012-10-17", "Statement": []}')


def prepare_serverless(folder: Path, app: str) -> None:
    unhashed(folder)
    service = {
        "service": "benchmark",
        "frameworkVersion": "3",
        "provider": {"name": "aws", "runtime": "python3.11", "stage": "dev", "region": "eu-west-1"},
        "plugins": ["serverless-python-requirements"],
        "package": {"patterns": ["!node_modules/**", "!package*.json"]},
        "custom": {"pythonRequirements": {"dockerizePip": False, "usePoetry": False, "usePipenv": False}},
        "functions": {"hello": {"handler": "lambda_function.lambda_handler"}},
    }
    (folder / "serverless.json").write_text(json.dumps(service))
    (folder / "node_modules").symlink_to(folder.parents[1] / "tools/serverless/node_modules")


HERE = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            name="in-process",
            ours=True,
            reports=True,
            inside="app_src/app",
            prepare=prepare_slipway,
            says="`lambda_zip` called by a program that runs already, as a preview or an `up` does",
            command=lambda tool: [sys.executable, "-c", IN_PROCESS],
            makes=".made/cache/bundle/artifacts/*.zip",
            outputs=(".made",),
        ),
        Peer(
            name="slipway",
            ours=True,
            says="`slipway bundle app`, hashes checked",
            inside="app_src/app",
            prepare=prepare_slipway,
            command=lambda tool: [str(Path(sys.executable).parent / "slipway"), "bundle", "app"],
            makes=".made/cache/bundle/artifacts/*.zip",
            outputs=(".made",),
        ),
        Peer(
            name="pip",
            says="`pip install --target` once, then the kept folder zipped (`zip -qr`)",
            packages=("pip",),
            command=shell(
                "{tool}/venv/bin/pip install -q --disable-pip-version-check --target .made "
                "--platform manylinux2014_x86_64 --implementation cp " + " ".join(PLATFORM) + " -r requirements.txt"
            ),
            makes="out.zip",
            outputs=(".made",),
        ),
        Peer(
            name="uv",
            says="`uv pip install --target` once, then the kept folder zipped (`zip -qr`)",
            packages=("pip",),
            command=shell(
                "{uv} pip install -q --target .made --python-platform x86_64-manylinux_2_17 "
                + " ".join(PLATFORM)
                + " -r requirements.txt"
            ),
            makes="out.zip",
            outputs=(".made",),
        ),
        Peer(
            name="sam",
            turns=1,
            says="`sam build --cached`; it makes a folder, the zipping that `sam deploy` adds is not in its figures",
            packages=("aws-sam-cli", "setuptools<81"),
            prepare=prepare_sam,
            command=lambda tool: [f"{tool}/venv/bin/sam", "build", "--cached", "--template", "template.json"],
            makes=".aws-sam/build/Hello/lambda_function.py",
            outputs=(".aws-sam",),
            environment={"SAM_CLI_TELEMETRY": "0", "PATH": HERE, "AWS_DEFAULT_REGION": "eu-west-1"},
        ),
        Peer(
            name="chalice",
            turns=1,
            says="`chalice package`",
            packages=("chalice", "setuptools<81"),
            layout="chalice",
            prepare=prepare_chalice,
            command=lambda tool: [f"{tool}/venv/bin/chalice", "package", "out"],
            makes="out/deployment.zip",
            outputs=("out", ".chalice/deployments"),
            environment={"AWS_DEFAULT_REGION": "eu-west-1"},
        ),
        Peer(
            name="serverless",
            turns=1,
            says="`serverless package` (3) with serverless-python-requirements",
            npm=("serverless@3", "serverless-python-requirements"),
            prepare=prepare_serverless,
            command=lambda tool: [f"{tool}/node_modules/.bin/serverless", "package"],
            makes=".serverless/benchmark.zip",
            outputs=(".serverless",),
            environment={"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "PATH": HERE},
        ),
    )
}
