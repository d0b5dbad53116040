"""Containers in the sandbox: the machine's Docker daemon, as the package ``docker`` finds and uses it."""
