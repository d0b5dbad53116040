"""A `pulumi` command of the tests' own: answers from a file, writes down what it is asked, knows nothing else."""

import json
import os
import sys
from pathlib import Path

HELP = "unexpected: pulumi "


def main(words: list[str]) -> int:
    """Answer one command. The world is ``PULUMI_TEST_WORLD``: stacks by name, and how many destroys fail first."""
    path = Path(os.environ["PULUMI_TEST_WORLD"])
    world = json.loads(path.read_text())
    stack = words[words.index("--stack") + 1] if "--stack" in words else ""
    said, status = "", 0
    match words:
        case ["stack", "ls", "--json"] if world.get("signed_out"):
            said, status = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", 255
        case ["stack", "ls", "--json"]:
            rows = [
                {"name": f"organization/slipway/{name}", "resourceCount": len(resources), "updateInProgress": False}
                for name, resources in world["stacks"].items()
            ]
            said = json.dumps(rows)
        case ["stack", "export", "--stack", _] if stack in world["stacks"]:
            said = json.dumps({"version": 3, "deployment": {"resources": world["stacks"][stack]}})
        case ["stack", "export", *_]:
            said, status = f"error: no stack named '{stack}' found", 1
        case ["destroy", *_] if world["failures"]:
            world["failures"] -= 1
            said, status = "error: the stack is currently locked by 1 lock(s)", 255
        case ["destroy", *_] if "--target" in words:
            world["stacks"][stack].pop()
        case ["destroy", *_]:
            world["stacks"][stack] = []
        case ["cancel" | "refresh", *_] | ["state", "unprotect", "--all", *_]:
            pass
        case _:
            said, status = f"{HELP}{' '.join(words)}", 2
    world["asked"].append(" ".join(words))
    path.write_text(json.dumps(world))
    print(said, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
