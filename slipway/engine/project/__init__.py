"""Which project and which stack: Pulumi.yaml and the stacks' files, read and edited."""
