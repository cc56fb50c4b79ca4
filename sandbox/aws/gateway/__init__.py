"""The gateway in front of moto: who calls, may they, what is logged, and what goes wrong."""
