"""The embedded engine: runs a Pulumi program in this process, on Pulumi's own files, secrets and provider protocol."""
