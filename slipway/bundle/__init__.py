"""Turns a folder of ``app_src`` into what a target takes: byte-stable, cached by content. Knows nothing of Pulumi."""
