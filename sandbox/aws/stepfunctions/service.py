"""Step Functions as the sandbox plays it; its interpreter is installed by itself, since it calls AWS."""

from sandbox.aws.service import Service
from sandbox.aws.stepfunctions.permissions import ROWS

SERVICE = Service(rows=ROWS)
