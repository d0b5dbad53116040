"""The policy pack as the Pulumi CLI starts it: `pulumi preview --policy-pack policy`."""

import sys
from pathlib import Path

# The CLI runs this folder by itself; the rules are the package `policy` of the folder above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policy.pack import serve  # needs the path of the line above

serve()
