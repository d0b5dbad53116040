"""Values as programs, providers and checkpoints hold them: secrets, unknowns, assets, paths, URNs."""
