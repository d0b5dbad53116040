"""The local clouds: provider host, one handler file per family of resources, services and their health."""
