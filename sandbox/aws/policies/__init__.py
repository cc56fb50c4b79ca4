"""The language of policies, and what calls need of them."""
