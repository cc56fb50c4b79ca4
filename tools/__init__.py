"""What generates files of this repository, and what checks its arrows."""
