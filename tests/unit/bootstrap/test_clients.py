import os
import subprocess
import sys

COPIED = """
import os, sys
from stepweave.bootstrap.clients import new_ids
new_id = new_ids()
new_id("run")
sys.stdout.flush()
child = os.fork()
print(new_id("run").partition("_")[2][10:], flush=True)
if child:
    os.waitpid(child, 0)
"""


def test_copies_of_one_process_make_ids_of_their_own() -> None:
    """Lambda SnapStart starts many instances from one snapshot of memory."""
    command = [sys.executable, "-c", COPIED]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=True)
    one, other = done.stdout.split()
    assert one != other
