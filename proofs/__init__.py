"""What measures and proves: each prints its findings and writes its page of docs."""
