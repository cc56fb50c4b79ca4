"""DynamoDB, where moto's is not exact."""
