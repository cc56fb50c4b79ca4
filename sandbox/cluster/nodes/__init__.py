"""The cluster's nodes: pods that run the AWS CLI's image are processes of this machine."""
