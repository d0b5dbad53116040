"""A project in a temporary folder, with the conformance provider beside it and the engine's command run in it."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ENGINE = [sys.executable, "-m", "slipway", "engine"]
PREFIX = "urn:pulumi:test::conformance::"


@dataclass
class Stage:
    """See the module. ``run`` runs a command of the engine; ``calls`` are the provider's since then."""

    folder: Path
    process: subprocess.Popen = field(init=False)
    env: dict = field(init=False)

    def __post_init__(self) -> None:
        work = self.folder
        (work / "state").mkdir()
        (work / "Pulumi.yaml").write_text("name: conformance\nruntime: python\n")
        (work / "conf.py").write_text((HERE / "scenarios" / "conf.py").read_text())
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "provider.py"), "world.json", "calls.jsonl", "port"], cwd=work
        )
        while not (work / "port").exists() or not (work / "port").read_text():
            time.sleep(0.02)
        self.env = {
            **os.environ,
            "PULUMI_HOME": str(work / "home"),
            "PULUMI_BACKEND_URL": f"file://{work}/state",
            "PULUMI_CONFIG_PASSPHRASE": "conformance",
            "PULUMI_DEBUG_PROVIDERS": (work / "port").read_text(),
        }
        self.must("stack", "init", "test")
        self.step(1)

    def close(self) -> None:
        """End the provider."""
        self.process.kill()
        self.process.wait()

    def program(self, text: str) -> None:
        """Write the program; the resources of conf.py are there by name."""
        head = "import pulumi\nfrom conf import STEP, Conf, Group, Thing, options\n"
        (self.folder / "__main__.py").write_text(head + text)

    def step(self, number: int) -> None:
        """Choose the version of the program that runs next."""
        (self.folder / "Pulumi.test.yaml").touch()
        lines = [line for line in (self.folder / "Pulumi.test.yaml").read_text().splitlines() if "step:" not in line]
        if "config:" not in lines:
            lines.append("config:")
        at = lines.index("config:") + 1
        lines.insert(at, f'  conformance:step: "{number}"')
        (self.folder / "Pulumi.test.yaml").write_text("\n".join(lines) + "\n")

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess:
        """Run a command of the engine."""
        (self.folder / "calls.jsonl").write_text("")
        command = [*ENGINE, *words]
        return subprocess.run(
            command, cwd=self.folder, env={**self.env, **env}, capture_output=True, text=True, timeout=120
        )

    def must(self, *words: str, **env: str) -> str:
        """Run a command that has to succeed; what it printed."""
        done = self.run(*words, **env)
        assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def up(self, *flags: str, step: int | None = None) -> str:
        """``up`` without questions."""
        if step is not None:
            self.step(step)
        return self.must("up", "--yes", "--skip-preview", "--stack", "test", *flags)

    def plan(self, *flags: str) -> dict[str, str]:
        """The operations of ``preview --json``, by the name of the resource; the stack's own is left out."""
        document = json.loads(self.must("preview", "--json", "--stack", "test", *flags))
        return {step["urn"].rsplit("::", 1)[1]: step["op"] for step in document.get("steps", [])[1:]}

    @property
    def calls(self) -> list[dict]:
        """What the provider was asked to do since the last command began."""
        lines = (self.folder / "calls.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def effects(self) -> list[tuple[str, str]]:
        """The calls that change something: (method, name of the resource)."""
        kinds = ("Create", "Update", "Delete")
        return [(call["call"], call["urn"].rsplit("::", 1)[1]) for call in self.calls if call["call"] in kinds]

    @property
    def latest(self) -> dict:
        """The checkpoint's content."""
        path = self.folder / "state/.pulumi/stacks/conformance/test.json"
        return json.loads(path.read_text())["checkpoint"]["latest"]

    def resource(self, name: str) -> dict:
        """One resource of the checkpoint."""
        found = [item for item in self.latest["resources"] if item["urn"].rsplit("::", 1)[1] == name]
        assert len(found) == 1, [item["urn"] for item in self.latest.get("resources", [])]
        return found[0]

    @property
    def world(self) -> dict:
        """What exists."""
        return json.loads((self.folder / "world.json").read_text())["things"]
