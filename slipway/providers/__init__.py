"""Pulumi providers of our own, and the provider protocol that they and the sandbox's packages are served by.

Nothing here knows the engine, the sandbox or the artifacts: `pulumi` runs a provider as a plugin, alone.
"""
