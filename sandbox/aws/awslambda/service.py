"""Lambda as the sandbox plays it; what runs functions is installed by itself, since it calls AWS."""

from sandbox.aws.awslambda.permissions import ROWS
from sandbox.aws.service import Service

SERVICE = Service(rows=ROWS)
