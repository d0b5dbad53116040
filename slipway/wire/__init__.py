"""Pulumi's wire format: the signatures that mark special values. Imports nothing of ours."""
