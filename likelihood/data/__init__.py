"""The door (level 2): what users hand over, checked once and turned into floats and codes."""
