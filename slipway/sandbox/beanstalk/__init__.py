"""Elastic Beanstalk's own API, over the store and the instances: what AWS's clients and the provider's handlers ask.

    server -> query (botocore's model reads and validates) -> operations -> the store, and the instances that run

https://docs.aws.amazon.com/elasticbeanstalk/latest/api/
"""
