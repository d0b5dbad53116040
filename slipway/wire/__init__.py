"""Pulumi's wire format: the signatures of special values, and the codec of values. Imports nothing of ours."""
