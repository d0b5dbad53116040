"""A project in a temporary folder, with the conformance provider beside it and the engine's command run in it."""

import json
import subprocess
from pathlib import Path

from tests.conformance.quick import HERE, Quick, judge
from tests.faults.bench import Launcher

PREFIX = "urn:pulumi:test::conformance::"


class Stage(Quick):
    """See the module. ``run`` runs a command of the engine; ``calls`` are the provider's since then."""

    def __init__(self, launcher: Launcher, folder: Path, provider: Path = HERE / "provider.py") -> None:
        super().__init__(launcher, folder, provider)
        self.folder = folder
        (folder / "conf.py").write_text((HERE / "scenarios" / "conf.py").read_text())
        self.must("stack", "init", "test")
        self.step(1)

    def program(self, text: str) -> None:
        """Write the program; the resources of conf.py are there by name."""
        head = "import pulumi\nfrom conf import STEP, Conf, Group, Thing, options\n"
        (self.folder / "__main__.py").write_text(head + text)

    def tamper(self, verb: str, *words: str) -> None:
        """Change the provider's world behind the engine's back, as the judge does."""
        judge().tamper(self.folder / "world.json", verb, list(words))

    def step(self, number: int) -> None:
        """Choose the version of the program that runs next."""
        (self.folder / "Pulumi.test.yaml").touch()
        lines = [line for line in (self.folder / "Pulumi.test.yaml").read_text().splitlines() if "step:" not in line]
        if "config:" not in lines:
            lines.append("config:")
        at = lines.index("config:") + 1
        lines.insert(at, f'  conformance:step: "{number}"')
        (self.folder / "Pulumi.test.yaml").write_text("\n".join(lines) + "\n")

    def call(self, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the engine; the provider's calls are counted from here."""
        (self.folder / "calls.jsonl").write_text("")
        return super().call(*args, **env)

    run = call

    def up(self, *flags: str, step: int | None = None) -> str:
        """``up`` without questions."""
        if step is not None:
            self.step(step)
        return self.must("up", "--yes", "--skip-preview", "--stack", "test", *flags)

    def plan(self, *flags: str) -> dict[str, str]:
        """The operations of ``preview --json``, by the name of the resource; the stack's and a refresh are left out."""
        document = json.loads(self.must("preview", "--json", "--stack", "test", *flags))
        steps = [
            step for step in document.get("steps", []) if step["op"] != "refresh" and ":Stack::" not in step["urn"]
        ]
        return {step["urn"].rsplit("::", 1)[1]: step["op"] for step in steps}

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
