"""A process that says its order on standard output, and complains at length of its environment."""

import os
import sys

if __name__ == "__main__":
    sys.stdout.write(sys.stdin.read())
    sys.stderr.write(f"{'x' * 1_000_000} {' '.join(os.environ.values())} last words\n")
