"""The words of a quota, which are SageMaker's: held to botocore's model."""

import re
from typing import get_args

import botocore.session
import pytest
from botocore.model import ServiceModel

from onboarding import quota


@pytest.fixture(scope="module")
def sagemaker() -> ServiceModel:
    model: ServiceModel = botocore.session.get_session().get_service_model("sagemaker")
    return model


def test_the_profiles_are_sagemakers(sagemaker: ServiceModel) -> None:
    assert list(get_args(quota.Profile)) == sagemaker.shape_for("MIGProfileType").metadata["enum"]


def test_every_instance_type_of_a_cluster_can_be_asked_for(sagemaker: ServiceModel) -> None:
    types = sagemaker.shape_for("ClusterInstanceType").metadata["enum"]
    assert [each for each in types if not re.fullmatch(quota.INSTANCE_TYPE, each)] == []


def test_the_limit_of_borrowing_is_within_the_models(sagemaker: ServiceModel) -> None:
    limits = sagemaker.shape_for("BorrowLimit").metadata
    least, most = quota.BORROW_LIMITS
    assert limits["min"] <= least <= most <= limits["max"]
