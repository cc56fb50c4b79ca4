# A team of the shared HyperPod cluster, by the CloudFormation template beside this file. The provider's account and
# Region are the cluster's.

variable "team_service_token" {
  type        = string
  description = "Output TeamServiceToken of the onboarding stack."
}

resource "aws_cloudformation_stack" "team" {
  name          = "hyperpod-team-vision"
  template_body = file("${path.module}/team.yaml")

  parameters = {
    TeamServiceToken = var.team_service_token
    TeamName         = "vision"
    Accelerated      = 1
  }

  # CloudFormation waits for an hour; Terraform would give up after half of it.
  timeouts {
    create = "75m"
    update = "75m"
    delete = "75m"
  }
}

output "namespace" {
  value = aws_cloudformation_stack.team.outputs["Namespace"]
}

output "data_access_role_arn" {
  value = aws_cloudformation_stack.team.outputs["DataAccessRoleArn"]
}
