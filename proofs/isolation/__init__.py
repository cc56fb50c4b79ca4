"""What teams can reach: every way in, tried for every pair of teams by real calls against a sandbox."""
