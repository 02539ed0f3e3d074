"""A process that starts another one, tells both numbers and ends; the other one would stay for ten minutes."""

import json
import os
import subprocess
import sys

if __name__ == "__main__":
    keeps_output_open = sys.stdin.read() == "keeps its output open"
    staying = subprocess.Popen(
        ["sleep", "600"], stdout=None if keeps_output_open else subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    print(json.dumps({"leader": os.getpid(), "staying": staying.pid}), flush=True)
    os._exit(0)
