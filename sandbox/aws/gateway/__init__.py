"""The gateway in front of moto: who calls, may they, what is logged, and what goes wrong.

Every call passes it: `cloud` puts it before moto's server. What a service itself must say, it asks `services`, and it
may import all that is below those.
"""
