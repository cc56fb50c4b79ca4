"""What functions count for the dashboard: a line of their log each, of which CloudWatch makes a metric.

Source: CloudWatch guide, "Specification: Embedded metric format". No function calls CloudWatch for it, and none may.
"""

import os
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE: Final = "HyperPodOnboarding"

MOST_TEAMS: Final = 100
"""Teams that have metrics of their own. Each name of a dimension is a metric, which is paid for by the hour in which it
has a value (CloudWatch pricing, custom metrics).
"""


def count(name: str, number: float, **dimensions: str) -> None:
    """A number of things, of this stack and by what `dimensions` say; their values must be few, and known before."""
    stack = {"Stack": os.environ["STACK_NAME"]}
    with single_metric(
        name=name, unit=MetricUnit.Count, value=number, namespace=NAMESPACE, default_dimensions=stack
    ) as metric:
        for dimension, value in dimensions.items():
            metric.add_dimension(dimension, value)
