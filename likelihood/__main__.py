"""The command line as ``python -m likelihood`` (level 10)."""

from likelihood.cli.main import main

if __name__ == "__main__":
    main()
