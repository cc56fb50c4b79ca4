"""What every function of the onboarding stack shares: the request, the plan, and the verbs that carry it out."""
