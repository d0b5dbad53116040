"""Pulumi's provider protocol, once: a package is a table of handlers, and the servicer speaks gRPC for all of them."""
