"""Cloud Run on this machine: revisions are containers of the machine's Docker daemon, behind one address a service."""
