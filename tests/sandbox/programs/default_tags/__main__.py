"""Two resources that have no tags of their own."""

import pulumi
import pulumi_aws as aws

group, bucket = aws.cloudwatch.LogGroup("lg"), aws.s3.Bucket("b")
pulumi.export("tags", group.tags_all)
pulumi.export("btags", bucket.tags_all)
