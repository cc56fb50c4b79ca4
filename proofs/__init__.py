"""What measures and proves of the whole: each is a command, prints its findings and writes its page of docs.

`make` and tests call them. They use sandboxes as anybody may, by `sandbox.cloud`, and may import all of the sandbox and
the layer's names, but no function and no test.
"""
