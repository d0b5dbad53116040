"""The provider host: Pulumi's provider protocol, once, for every package of the sandbox."""
