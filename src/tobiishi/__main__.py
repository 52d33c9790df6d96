"""`python -m tobiishi` is the command `tobiishi`."""

from tobiishi.cli import main

if __name__ == "__main__":
    main()
