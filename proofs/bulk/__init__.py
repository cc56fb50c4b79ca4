"""What onboarding many teams by one manifest takes."""
