"""tocsin, as started from a shell."""

import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # News is in every script, whatever the locale of the shell or the container.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")

    from tocsin.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
