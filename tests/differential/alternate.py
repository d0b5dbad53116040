"""A command that is this engine and Pulumi's own in turns: each call is the other one's (``ALTERNATE`` counts them)."""

import os
import sys
from pathlib import Path

EMBEDDED = [sys.executable, "-m", "slipway", "engine"]


def main() -> None:
    """Become one of the two."""
    counter = Path(os.environ["ALTERNATE"])
    count = int(counter.read_text()) if counter.exists() else 0
    counter.write_text(str(count + 1))
    command = EMBEDDED if count % 2 else ["pulumi"]
    os.execvp(command[0], [*command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
