"""Says what a folder is: framework, entry, Python, dependencies, what it keeps, where it can go. Reads, runs nothing.

files -> sources (what the code defines) + notes (what Procfile, app.yaml, Dockerfile … say)
      -> entries (candidates, the best first) -> Recognised -> destinations (a table of platforms)
"""

from slipway.recognise.findings import Finding, Recognised, Sure
from slipway.recognise.recogniser import recognise

__all__ = ["Finding", "Recognised", "Sure", "recognise"]
