"""How moto is run and extended: server, patches, operations that it lacks, how long services take.

Every service stands on it; it knows none of them, nor who calls.
"""
