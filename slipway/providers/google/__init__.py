"""Google Cloud by its REST, in the cloud and in the sandbox alike."""
