"""AWS Organizations as moto plays it."""

from sandbox.aws.organizations.permissions import ROWS
from sandbox.aws.service import Service

SERVICE = Service(rows=ROWS)
