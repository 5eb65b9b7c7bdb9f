"""`python -m polyshare` is the command `polyshare`."""

from polyshare.cli import main

if __name__ == "__main__":
    main()
