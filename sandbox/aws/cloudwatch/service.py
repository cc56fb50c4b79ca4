"""CloudWatch and X-Ray as moto plays them."""

from sandbox.aws.cloudwatch.permissions import ROWS
from sandbox.aws.service import Service

SERVICE = Service(rows=ROWS)
