from stepweave.api.compozy.answers.task_states import given


def test_credentials_that_a_definition_has_written_out_are_hidden():
    headers = {"Authorization": "Bearer 1", "X-Key": "{{ secrets.key }}", "Accept": "text/plain"}
    config = {"url": "https://x.example", "headers": headers}
    shown = given({"type": "http_request", "config": config})
    assert shown["headers"] == {**headers, "Authorization": "********"}
    assert given({"type": "agent_task", "config": {"with": {"api_key": "sk-1", "n": 1}}}) == {
        "api_key": "********",
        "n": 1,
    }
    assert config["headers"]["Authorization"] == "Bearer 1"
