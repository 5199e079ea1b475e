"""Keys and their limits: the whole API on the embedded AWS."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest

from fakes.asgi import call
from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import build_api
from stepweave.local import keys
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.local.stack import BUCKET_NAME, TABLE_NAME, settings_of


class Stage:
    """`ask` sends a request with a key and gives status and answer."""

    def __init__(self):
        self.admin = self.key("admin")
        self.limit(0, 1)

    def limit(self, per_second, burst):
        settings = replace(settings_of(""), rate_limit_per_second=per_second, rate_limit_burst=burst)
        self.api = build_api(settings)

    def key(self, role):
        return keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "test", role)[1]

    def ask(self, method, path, key, body=None):
        return asyncio.run(call(self.api, method, path, body, key))


@pytest.fixture
def stage():
    boto3.setup_default_session()
    aws = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions={})
    try:
        yield Stage()
    finally:
        aws.close()
        boto3.setup_default_session()


@pytest.mark.parametrize("per_second", [0, 50])
def test_a_key_lives_from_its_making_to_its_end_on_every_surface(stage, per_second):
    stage.limit(per_second, 500)
    status, made = stage.ask("POST", "/api/keys", stage.admin, {"name": "ci", "role": "write"})
    at, text = f"/api/keys/{made['key']['id']}", made["api_key"]
    assert status == 201
    for path in ("/api/workflows", "/workflows/executions/active", "/api/v0/auth/keys", at):
        assert stage.ask("GET", path, text)[0] == 200
    assert (stage.ask("GET", at, stage.admin)[1]["last_used_at"] is not None) == (per_second > 0)
    _, rotated = stage.ask("POST", f"{at}/rotate", text, {"grace_seconds": 60})
    for valid in (text, rotated["api_key"]):
        assert stage.ask("GET", "/api/workflows", valid)[0] == 200
    _, generated = stage.ask("POST", "/api/v0/auth/generate", rotated["api_key"])
    child = generated["data"]["api_key"]
    assert stage.ask("GET", "/api/workflows", child)[0] == 200
    assert stage.ask("DELETE", at, stage.admin)[0] == 204
    for gone in (text, rotated["api_key"], child):
        assert stage.ask("GET", "/api/workflows", gone)[0] == 401


def test_of_two_admins_that_revoke_each_other_at_once_one_stays(stage):
    for _ in range(5):
        made = [stage.ask("POST", "/api/keys", stage.admin, {"name": "a", "role": "admin"})[1] for _ in range(2)]
        stage.ask("DELETE", f"/api/keys/{'key_' + stage.admin.split('_')[1]}", made[0]["api_key"])
        with ThreadPoolExecutor(2) as pool:
            paths = [f"/api/keys/{one['key']['id']}" for one in made]
            pairs = zip(paths, [one["api_key"] for one in reversed(made)], strict=True)
            statuses = list(pool.map(lambda pair: stage.ask("DELETE", *pair)[0], pairs))
        alive = [one["api_key"] for one in made if stage.ask("GET", "/api/workflows", one["api_key"])[0] == 200]
        assert len(alive) == 1, statuses
        [stage.admin] = alive


def test_fifty_clients_at_once_get_the_burst_and_what_comes_back_and_no_more(stage):
    stage.limit(20, 60)
    begun = time.time()

    def client_of_ten(_):
        return [stage.ask("GET", "/api/workflows/nosuch", stage.admin)[0] for _ in range(4)]

    with ThreadPoolExecutor(50) as pool:
        statuses = [status for of_one in pool.map(client_of_ten, range(50)) for status in of_one]
    passed = statuses.count(404)
    assert set(statuses) == {404, 429}
    assert 60 <= passed <= 60 + 20 * (time.time() - begun)


class Throttled:
    """What botocore knows of an answer."""

    def __init__(self):
        self.status_code, self.headers = 400, {}


def test_when_the_table_throttles_the_write_requests_pass_uncounted_and_keys_are_checked(stage, caplog):
    def throttle(**_):
        return Throttled(), {"Error": {"Code": "ThrottlingException", "Message": ""}, "ResponseMetadata": {}}

    boto3.DEFAULT_SESSION.events.register("before-call.dynamodb.UpdateItem", throttle)
    stage.limit(1, 1)
    assert [stage.ask("GET", "/api/workflows", stage.admin)[0] for _ in range(3)] == [200] * 3
    assert stage.ask("GET", "/api/workflows", stage.admin[:-1])[0] == 401
    assert [record.getMessage() for record in caplog.records].count("rate_limit_failed_open") == 4
