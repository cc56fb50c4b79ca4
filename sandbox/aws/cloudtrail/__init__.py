"""CloudTrail: trails, without which EventBridge is told of nothing that somebody does.

Named in `services`; the scenery makes trails, and `cloud` asks whether an event is told. May import `policies`.
"""
