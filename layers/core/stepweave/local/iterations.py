"""moto's Map states, repaired: a failed iteration ends the others, and ten thousand items fit.

Each repair has a test in tests/integration/local/test_iterations.py that names what AWS does.
"""

from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
    inline_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

from stepweave.local.repair import Method, repair

DistributedWorker = distributed_item_processor_worker.DistributedItemProcessorWorker
InlineWorker = inline_item_processor_worker.InlineItemProcessorWorker


def install() -> None:
    """Repairs moto for this process; to be called once."""
    repair(IterationWorker, "_eval_job", _ending_all_when_it_fails)
    repair(DistributedWorker, "_eval_job", lambda original: _ending_all_when_it_fails(_failing_the_map(original)))
    repair(InlineWorker, "_eval_input", lambda _: _selected)
    repair(IterationWorker, "_eval_pool", lambda _: _one_after_another)
    repair(DistributedWorker, "_eval_pool", lambda _: _one_after_another)


def _selected(worker: Any, env_frame: Any) -> None:
    """The item as its `ItemSelector` makes it; moto copies the Map's whole input, all items, for each of them."""
    selector = worker._item_selector or worker._parameters
    if selector is None:
        return
    given = worker._env.stack[-1]
    env_frame.states._states_data.update(input=given, result=None, errorOutput=None)
    env_frame.stack.append(given)
    selector.eval(env_frame)
    env_frame.states.reset(input_value=env_frame.stack[-1])


def _failing_the_map(original: Method) -> Method:
    """Without a tolerated count, one failed child fails the Map (Step Functions Developer Guide, "Setting failure
    thresholds for Distributed Map states"); moto goes on and gives null for it.
    """

    def eval_job(worker: Any, env: Any, job: Any) -> None:
        original(worker, env, job)
        if not isinstance(env.program_state(), ProgramEnded):
            job.job_output = _too_many_failed(env)

    return eval_job


def _too_many_failed(env: Any) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesExceedToleratedFailureThreshold)
    told = MapRunFailedEventDetails(
        error=name.error_name,
        cause="The specified tolerated failure threshold was exceeded",
    )
    details: Any = {"mapRunFailedEventDetails": told}
    return FailureEventException(FailureEvent(env, name, HistoryEventType.MapRunFailed, details))


def _ending_all_when_it_fails(original: Method) -> Method:
    """No iteration begins or goes on once one has failed; moto lets those under way run to their end."""

    def eval_job(worker: Any, env: Any, job: Any) -> None:
        pool = worker._job_pool
        failure = getattr(pool, "stepweave_failure", None)
        if failure is None:
            original(worker, env, job)
            if isinstance(job.job_output, Exception):
                _stop_all(worker, job.job_output)
            failure = getattr(pool, "stepweave_failure", None)
        if failure is not None:
            # The first failure is the Map's, whoever is first to tell the pool.
            job.job_output = failure

    return eval_job


def _stop_all(worker: Any, failure: Exception) -> None:
    """Who opens a frame after this has looked finds the failure; who did before is stopped by it."""
    pool = worker._job_pool
    with pool._mutex:
        if getattr(pool, "stepweave_failure", None) is not None:
            return
        pool.stepweave_failure = failure
    with worker._env._state_mutex:
        frames = list(worker._env._frames)
    for frame in frames:
        frame.set_stop(stop_date=datetime.now(UTC), cause=None, error=None)


def _one_after_another(worker: Any, job: Any, worker_frame: Any) -> None:
    """moto calls itself for the next item, and is too deep in its stack after a thousand.

    A frame is closed before its job: the Map goes on when the last job is closed.
    """
    is_distributed = isinstance(worker, DistributedWorker)
    while job is not None:
        frame = worker_frame.open_inner_frame()
        worker._eval_job(env=frame, job=job)
        (worker_frame.delete_frame if is_distributed else worker_frame.close_frame)(frame)
        ended = isinstance(job.job_output, Exception) or worker.stopped()
        following = None if ended else worker._job_pool.next_job()
        if following is None and not is_distributed:
            if not ended:
                source = frame.event_history_context.last_published_event_id
                worker_frame.event_history_context.source_event_id = source
            worker._env.close_frame(worker_frame)
        worker._job_pool.close_job(job)
        job = following
