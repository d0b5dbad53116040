"""Base images made on this machine from its own distribution's packages: no hub is needed."""
