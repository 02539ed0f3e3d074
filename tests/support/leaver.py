"""A process that starts another one, tells both numbers and ends; the other one would stay for ten minutes."""

import json
import os
import subprocess
import sys

DEAF = 'trap "" TERM; echo ready; exec sleep 600'
LAST_WORD = 'trap "sleep 0.3; echo done > $0; exit" TERM; echo ready; while :; do sleep 0.1; done'

if __name__ == "__main__":
    order = sys.stdin.read()
    if order.startswith("/") or order == "minds no word":  # a file, written by a process told to end, a moment later
        script = DEAF if order == "minds no word" else LAST_WORD
        staying = subprocess.Popen(["sh", "-c", script, order], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert staying.stdout is not None
        staying.stdout.readline()
    else:
        output = None if order == "keeps its output open" else subprocess.DEVNULL
        staying = subprocess.Popen(["sleep", "600"], stdout=output, stderr=subprocess.DEVNULL)
    print(json.dumps({"leader": os.getpid(), "staying": staying.pid}), flush=True)
    os._exit(0)
