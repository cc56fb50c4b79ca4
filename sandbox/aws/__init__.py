"""What plays AWS: a folder a service, the gateway in front of them, and how they extend moto."""
