"""What generates files of this repository, and what checks its arrows.

`make` calls each by name. May import the layer, and no function.
"""
