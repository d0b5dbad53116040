"""Decisions without an effect: from what the program wants and what there is to steps."""
