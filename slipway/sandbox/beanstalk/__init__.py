"""Elastic Beanstalk's own API, over the store and the instances that the provider's handlers work on.

    server -> query (botocore's model reads and validates) -> operations -> slipway.sandbox.aws.beanstalk*

https://docs.aws.amazon.com/elasticbeanstalk/latest/api/
"""
