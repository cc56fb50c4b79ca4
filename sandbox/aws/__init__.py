"""What plays AWS: a folder a service, the gateway in front of them, and how they extend moto.

`sandbox.cloud` starts it. It plays any accounts and any Region, and may import the cluster and the runtime.
Inside: `gateway` and `inventory` know the `services`; those are a folder each, and know each other only where one calls
the other; all may know `policies` and `moto`.
"""
