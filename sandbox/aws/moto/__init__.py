"""How moto is run and extended: server, patches, operations that it lacks."""
