"""App Engine on this machine: versions run the bytes that were uploaded, behind one address a service."""
