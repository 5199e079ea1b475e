"""The sign that work is not wanted any more: its run was cancelled, or deleted.

Who works on a step may look at it as often as it likes; the run's state is read at intervals only. A pause is no such
sign: what is under way finishes then.
"""

from collections.abc import Callable

from stepweave.domain.run import RunState
from stepweave.services.ports import Stopped, Stops, Tell


def stop_signs(
    state_of: Callable[[str], RunState | None], tell: Tell, monotonic: Callable[[], float], every: float
) -> Stops:
    """The signs of runs; each reads the state first after `every` seconds, so that a short step costs no read."""

    def sign(run_id: str) -> Stopped:
        look_at = monotonic() + every
        found = False

        def stopped() -> bool:
            nonlocal look_at, found
            if not found and monotonic() >= look_at:
                look_at = monotonic() + every
                found = _is_unwanted(run_id)
            return found

        return stopped

    def _is_unwanted(run_id: str) -> bool:
        try:
            state = state_of(run_id)
        except Exception as error:
            # Work goes on while nobody can tell.
            tell.fault("stop_sign_unreadable", error, run_id=run_id)
            return False
        if state is None or state.status == "cancelled":
            return True
        return state.intent is not None and state.intent.kind == "cancel"

    return sign
