"""What was made by hand is imported: every input is as it is there."""

import json

import pulumi
import pulumi_aws as aws

trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def imported(id: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(import_=id)


aws.s3.Bucket("bucket", bucket="imp-hand", opts=imported("imp-hand"))
aws.cloudwatch.LogGroup("log", name="/imp/hand", retention_in_days=7, opts=imported("/imp/hand"))
aws.iam.Role("role", name="imp-hand", assume_role_policy=policy, opts=imported("imp-hand"))
aws.ecr.Repository("ecr", name="imp-hand", opts=imported("imp-hand"))
aws.iam.RolePolicyAttachment("att", role="imp-hand", policy_arn=MANAGED, opts=imported(f"imp-hand/{MANAGED}"))
