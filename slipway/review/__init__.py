"""What a change does to each environment, told before it happens: no credentials, no cloud, no Pulumi command.

The way of a review: two revisions → `trees` (folders of files) → `evaluator` (a process that plans each stack of each
revision by the embedded engine, against a cloud that `offline` stands in for) → `compare` (plain facts of `model`) →
`markdown`, `page`, `document` (how it is told). `preview` makes the same facts of what the Pulumi command planned.
"""
