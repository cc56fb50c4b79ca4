"""Parameter Store as moto plays it."""

from sandbox.aws.service import Service
from sandbox.aws.ssm.permissions import ROWS

SERVICE = Service(rows=ROWS)
