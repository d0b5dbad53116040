"""Containers: images by digest, what runs them, and what watches them."""
