"""The resources of the campaign's program."""

import pulumi


class Thing(pulumi.CustomResource):
    """``conf:index:Thing``: its inputs are its outputs too, and ``token`` and ``sealed`` besides."""

    token: pulumi.Output[str]
    value: pulumi.Output[str]
    sealed: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: object) -> None:
        for output in ("token", "value", "sealed"):
            inputs.setdefault(output, None)
        super().__init__("conf:index:Thing", name, inputs, opts)


class Group(pulumi.ComponentResource):
    """``conf:index:Group``: a component with nothing of its own."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conf:index:Group", name, {}, opts)
