"""What people see of what AWS has answered: progress, plans, reports, findings. Nothing here makes a call."""
