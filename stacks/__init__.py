"""One file an environment, and the typed model that reads them."""
