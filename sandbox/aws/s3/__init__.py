"""S3 and S3 Control: buckets, access points, objects through them.

Named in `services`; the gateway asks it who owns a bucket, for its ARN does not say. May import `kms`, `iam`,
`policies` and `moto`.
"""
