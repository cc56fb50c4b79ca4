"""What `make release` builds: see docs/releasing.md."""
