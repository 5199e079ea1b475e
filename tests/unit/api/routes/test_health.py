def test_health_needs_no_key_and_asks_no_use_case(call, service):
    service.failure = RuntimeError("the store is down")
    answer = call("GET", "/health", key=None)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_a_load_balancer_may_ask_by_head(call, service):
    service.failure = RuntimeError("the store is down")
    answer = call("HEAD", "/health", key=None)
    assert (answer.status, answer.body) == (200, b"")
