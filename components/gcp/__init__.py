"""Google Cloud: the project and what lives in it."""
