"""The compiler: `source -parse-> Definition -validate-> Definition -graph-> Graph -weave-> Weave -emit-> ASL`.

Pure passes, one module and one public function each: no clock, no environment, no network; all problems at once; the
same bytes for the same definition, whatever the order of its steps. `plan` resolves what a step's function needs.

This file imports nothing: `run_step` uses `compiler.expressions` alone and must not pay for the rest.
"""
