"""The APIs that a project needs for some of its resources: names alone, so that no module of a cloud is imported."""

BUDGET = ("billingbudgets.googleapis.com", "monitoring.googleapis.com")
"""A budget, and the channel by which it alerts."""
DATABASE = ("sqladmin.googleapis.com",)
NETWORK = ("compute.googleapis.com",)
"""A subnetwork that apps are led into."""
