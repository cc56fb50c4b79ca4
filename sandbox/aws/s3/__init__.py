"""S3 and S3 Control: buckets, access points, objects through them."""
