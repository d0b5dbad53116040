"""Pulumi's marks on property values: what engines and providers have to agree on, and nothing else.

An object with :data:`SIGNATURE` among its keys is more than JSON, and its value says what; a text of :data:`UNKNOWNS`
is a value that is not known yet (pulumi's ``sdk/go/common/resource/plugin/rpc.go`` and ``sig/sig.go``).
"""

RESUMES = "slipway-resumes"
"""The key that a Create call of our engine carries where it was cut off in an earlier call of the same URN."""

FOLDER = "slipway-folder-bin"
"""The key under which our engine says with each call what folder a program's relative paths are relative to."""

NOTE = "slipway-note-bin"
"""The key under which a provider of ours sends with an answer what the user should know of the resource."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the public mark of a secret, not one
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""A reference to a resource."""
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The text that is sent; each type of value has one of its own, which is understood."""
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
    }
)
