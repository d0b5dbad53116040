"""What runs in Beam's environment, around a packaged pipeline: imports nothing of ours but this folder."""
