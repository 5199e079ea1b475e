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
if child:
    os.waitpid(child, 0)  # what both say must not mix
print(new_id("run").partition("_")[2][10:], flush=True)
"""


BUILT = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise RuntimeError(f"{event} {arguments}")
sys.addaudithook(refuse)
from stepweave.bootstrap.api import api_handler
api_handler()
print("built")
"""
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TABLE_NAME": "t",
    "BUCKET_NAME": "b",
    "STACK_PREFIX": "stepweave",
    "POWERTOOLS_SERVICE_NAME": "api",
}


def test_the_api_opens_no_connection_before_its_first_request() -> None:
    """What a snapshot holds of a connection is dead when an instance begins from it."""
    command = [sys.executable, "-c", BUILT]
    env = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "built"), done.stderr


def test_copies_of_one_process_make_ids_of_their_own() -> None:
    """Lambda SnapStart starts many instances from one snapshot of memory."""
    command = [sys.executable, "-c", COPIED]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=True)
    one, other = done.stdout.split()
    assert one != other
