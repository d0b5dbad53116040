"""A provider reads plain values: what the program or an input wants to be secret stays so through a refresh.

run: up 1; drift first value=drifted; refresh; preview 1; up 1; destroy
"""
from conf import Thing, options, pulumi

first = Thing("first", options(additional_secret_outputs=["value"]), value="s3cr3t-canary", other="x")
Thing("second", options(depends_on=[first]), value=pulumi.Output.secret("s3cr3t-input"))
