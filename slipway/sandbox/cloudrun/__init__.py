"""Cloud Run on this machine: revisions are containers of the machine's Docker engine, behind one address a service."""
