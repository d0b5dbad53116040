"""The sandbox's own page: what is live on this machine, as it changes, behind the gateway.

    slipway open sandbox -> server, a process on a socket file -> gateway, which asks every call for a session
                                  |
                               report: stacks -> apps, versions, costs

The browser gets the document to anyone who asks; every fact in it comes through calls that carry the session's token,
which the page keeps for its own address alone. A one-time link, printed by the command, opens a session.
"""
