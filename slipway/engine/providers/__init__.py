"""The providers: found, spoken to over gRPC, and the one that is built in."""
