"""What onboarding costs, against the least that it could: in calls, in time, in memory and in size."""
