"""The command line (level 10): reading files, fitting, one document on standard output."""
