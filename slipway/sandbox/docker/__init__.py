"""Containers in the sandbox: the machine's Docker engine, as the package ``docker`` finds and uses it."""
