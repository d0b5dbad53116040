"""Who may use an address of AuthType NONE, and what a function's role needs to log."""

import pytest

from slipway.sandbox.aws.door import anonymous_may_call, log_rights

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f:live"
URL = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "lambda:InvokeFunctionUrl",
    "Resource": ARN,
    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
}
VIA = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "lambda:InvokeFunction",
    "Resource": ARN,
    "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
}


@pytest.mark.parametrize(
    ("statements", "open_to_all"),
    [
        ([URL, VIA], True),
        ([URL], False),
        ([VIA], False),
        ([], False),
        ([URL, {**VIA, "Resource": ARN.removesuffix(":live")}], False),
        ([{**URL, "Principal": {"Service": "events.amazonaws.com"}}, VIA], False),
        ([{**URL, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}, VIA], False),
        ([URL, {**VIA, "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}}], False),
        ([{**URL, "Action": "lambda:*"}, VIA], True),
        ([URL, VIA, {**VIA, "Effect": "Deny"}], False),
    ],
)
def test_both_permissions_open_an_address(statements, open_to_all):
    """Both actions, allowed to everyone on this very alias, without a condition an anonymous call does not meet."""
    assert anonymous_may_call({"Statement": statements}, ARN) is open_to_all


def test_a_missing_group_asks_for_one_right_more():
    """Writing needs two rights; making the group is a third."""
    there = [action for action, _ in log_rights("r", "1", "g", exists=True)]
    assert there == ["logs:CreateLogStream", "logs:PutLogEvents"]
    missing = [action for action, _ in log_rights("r", "1", "g", exists=False)]
    assert missing == ["logs:CreateLogGroup", *there]
