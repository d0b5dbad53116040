"""A row for each resource type: does it hold data, what does a destroy do to it, what does it cost, who knows of it.

``slipway.catalog.table`` has the rows, one file a cloud; ``slipway.catalog.destroy`` decides from them what a destroy
does to a resource. Every fact about a resource type stands here, once.
"""
