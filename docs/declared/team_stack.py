"""A CDK stack that declares a team of the shared HyperPod cluster: `cdk deploy --app "python team_stack.py"`."""

from aws_cdk import App, CfnOutput, CfnParameter, CustomResource, RemovalPolicy, Stack
from constructs import Construct


class Teams(Stack):
    """Belongs into the cluster's account and Region."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        token = CfnParameter(self, "TeamServiceToken", description="Output TeamServiceToken of the onboarding stack.")
        team = CustomResource(
            self,
            "Team",
            service_token=token.value_as_string,
            resource_type="Custom::HyperPodTeam",
            removal_policy=RemovalPolicy.DESTROY,
            # The fields of a Team Created event, as they are written there.
            properties={
                "team": "vision",
                "dataScientistRoleArn": "arn:aws:iam::444455556666:role/DataScientistRole",
                "datasets": [{"bucket": "example-corp-images", "accountId": "777788889999", "prefix": "curated/"}],
                "quota": {
                    "resources": [{"instanceType": "ml.p5.48xlarge", "count": 1}],
                    "fairShareWeight": 40,
                },
            },
        )
        for attribute in ("Namespace", "ClusterAccessRoleArn", "DataAccessRoleArn", "LocalQueue", "AccessPointArns"):
            CfnOutput(self, attribute, value=team.get_att_string(attribute))


app = App()
Teams(app, "hyperpod-teams")
app.synth()
