"""Fixed names, no stack in them: a second stack is refused, as AWS does."""

import json

import pulumi_aws as aws

trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
aws.s3.Bucket("b", bucket="shop-assets-rep")
aws.iam.Role("r", name="shop-role-rep", assume_role_policy=policy)
aws.cloudwatch.LogGroup("l", name="/shop/rep")
aws.ecr.Repository("e", name="shop-rep")
