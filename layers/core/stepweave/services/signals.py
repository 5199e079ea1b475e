"""What a Task state's function raises to steer its state machine. ASL matches the class name; nothing else is in it.

StepFailed       the step failed and its run must fail: no retry, no catch
StepBusy         another invocation holds the step, or the next attempt needs a fresh one: retried by the state
StepRetryLater   the next attempt is due at the moment in the message: the state waits until then, and enters again
LoopOver         the time of a loop around the step is over: no retry, and no step of any item goes on
RunStopped       the run is to stop, or another execution is current: no retry, no catch
StepCrashed      a fault of ours: retried by the state; the text is in the log, never in the execution's history
"""


class StepFailed(Exception):
    pass


class StepBusy(Exception):
    pass


class StepRetryLater(Exception):
    pass


class LoopOver(Exception):
    pass


class RunStopped(Exception):
    pass


class StepCrashed(Exception):
    pass


SIGNALS = (StepFailed, StepBusy, StepRetryLater, LoopOver, RunStopped)
