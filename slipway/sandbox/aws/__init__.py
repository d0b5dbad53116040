"""The AWS provider of the sandbox: boto3 against an emulator on loopback, refusing what AWS refuses."""
