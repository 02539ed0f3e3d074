"""A process that says its order on standard output, and complains at length."""

import sys

if __name__ == "__main__":
    sys.stdout.write(sys.stdin.read())
    sys.stderr.write(f"{'x' * 1_000_000} last words\n")
