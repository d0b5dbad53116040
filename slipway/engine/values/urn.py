"""Names of resources: ``urn:pulumi:<stack>::<project>::<qualified type>::<name>``, and references to providers."""

ROOT_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource. The whole chain of parent types is kept; a parent that is the stack adds nothing."""
    if parent:
        above = qualified_type(parent)
        if above != ROOT_TYPE:
            type_ = f"{above}${type_}"
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def root(stack: str, project: str) -> str:
    """The URN of the stack itself."""
    return make(stack, project, "", ROOT_TYPE, f"{project}-{stack}")


def is_valid(urn: str) -> bool:
    """Whether ``urn`` has the four parts of a URN."""
    return urn.startswith("urn:pulumi:") and urn.count("::") >= 3


def qualified_type(urn: str) -> str:
    """The type with those of its parents, joined by ``$``."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """The name the program gave the resource."""
    return urn.split("::", 3)[3]


def is_root(urn: str) -> bool:
    """Whether this is the stack itself."""
    return qualified_type(urn) == ROOT_TYPE


def is_provider_type(type_: str) -> bool:
    """Whether resources of this type are providers."""
    return type_.startswith(PROVIDER_PREFIX)


def package_of(type_: str) -> str:
    """The package that serves a type: ``aws`` of ``aws:s3/bucket:Bucket`` and of ``pulumi:providers:aws``."""
    if is_provider_type(type_):
        return type_[len(PROVIDER_PREFIX) :]
    return type_.split(":", 1)[0]


def provider_urn(reference: str) -> str:
    """The URN in a provider reference ``<urn>::<id>``."""
    return reference.rsplit("::", 1)[0]


def is_default_provider(urn: str) -> bool:
    """Whether the engine made this provider itself, for resources that name none."""
    return is_provider_type(type_of(urn)) and (name_of(urn) == "default" or name_of(urn).startswith("default_"))
