"""Resource types that are made by AWS's own API and nothing more: a row of a table for each (:mod:`.row`)."""

from slipway.sandbox.aws.emulated import (
    balancers,
    containers,
    domains,
    identities,
    interfaces,
    keeping,
    messages,
    networks,
    tables,
    workflows,
)
from slipway.sandbox.aws.emulated.row import Row

TABLE: tuple[Row, ...] = (
    *networks.ROWS,
    *balancers.ROWS,
    *containers.ROWS,
    *messages.ROWS,
    *tables.ROWS,
    *keeping.ROWS,
    *interfaces.ROWS,
    *workflows.ROWS,
    *identities.ROWS,
    *domains.ROWS,
    domains.DOMAIN,
)
