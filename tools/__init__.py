"""What generates files of this repository."""
