"""The table of rules: every one there is, in the order findings and the documentation list them."""

from policy.model import AnyRule
from policy.rules import (
    aws_apis,
    aws_function,
    aws_identity,
    aws_services,
    aws_storage,
    cloud_run,
    containers,
    gcp_identity,
    gcp_network,
    gcp_storage,
    labels,
    networks,
    public_access,
    pythonanywhere,
    secrets,
    stack,
    trust,
)

RULES: tuple[AnyRule, ...] = (
    *public_access.RULES,
    *networks.RULES,
    *secrets.RULES,
    *gcp_storage.RULES,
    *gcp_identity.RULES,
    *gcp_network.RULES,
    *cloud_run.RULES,
    *aws_storage.RULES,
    *aws_function.RULES,
    *aws_apis.RULES,
    *aws_identity.RULES,
    *trust.RULES,
    *aws_services.RULES,
    *containers.RULES,
    *pythonanywhere.RULES,
    *labels.RULES,
    *stack.RULES,
)

BY_ID = {rule.id: rule for rule in RULES}
