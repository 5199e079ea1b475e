"""`run_step` calls this to run a script's text where it can do no harm; so it imports nothing of AWS, holds nothing."""

from stepweave.bootstrap.run_script import run_script_handler

handler = run_script_handler()
