"""EC2 as the sandbox plays it."""

from sandbox.aws.ec2 import images
from sandbox.aws.ec2.permissions import ROWS
from sandbox.aws.service import Service

SERVICE = Service(rows=ROWS, install=images.install)
