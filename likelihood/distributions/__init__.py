"""The distributions (level 7): one file each; classes are families, instances are members."""
