"""EC2, where moto's is not exact."""
