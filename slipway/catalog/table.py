"""The rows of all resource types, by type."""

from collections.abc import Mapping

from slipway.catalog import aws, aws_services, docker, gcp, pythonanywhere
from slipway.catalog.gcp import PROJECT as PROJECT
from slipway.catalog.model import ResourceType

OTHERS = tuple(
    ResourceType(type=type, words=words, belongs_to="the stack's state alone")
    for type, words in (
        ("random:index/randomId:RandomId", "random id"),
        ("random:index/randomPassword:RandomPassword", "random password"),
        ("random:index/randomString:RandomString", "random text"),
        ("random:index/randomInteger:RandomInteger", "random number"),
        ("random:index/randomUuid:RandomUuid", "random UUID"),
        ("random:index/randomPet:RandomPet", "random name"),
        ("random:index/randomShuffle:RandomShuffle", "random order"),
        ("random:index/randomBytes:RandomBytes", "random bytes"),
    )
)

CATALOG: Mapping[str, ResourceType] = {
    row.type: row
    for row in (*aws.TYPES, *aws_services.TYPES, *gcp.TYPES, *docker.TYPES, *pythonanywhere.TYPES, *OTHERS)
}

NOT_IN_A_CLOUD = ("pulumi:", "random:")
"""How the tokens of resources begin that exist in the state alone."""


def row_of(type: str) -> ResourceType:
    """The row of a type; for a type that the catalog does not have, a row that knows only what its type says."""
    return CATALOG.get(type) or ResourceType(type=type, words=type.rpartition(":")[2], price=())


def is_in_cloud(type: str) -> bool:
    """Whether resources of the type exist outside of the stack's state."""
    return not type.startswith(NOT_IN_A_CLOUD)
