"""moto's S3, journalled. Objects come back after a restart with their bytes; metadata is not kept."""

from typing import Any

from moto.s3.models import S3Backend, s3_backends

from stepweave.local.current import Current
from stepweave.local.repair import Method, repair


def install(current: Current) -> None:
    """Repairs moto for this process; to be called once."""
    repair(S3Backend, "put_object", lambda original: _put(original, current))
    repair(S3Backend, "delete_object", lambda original: _delete(original, current))


def load(current: Current, account: str) -> None:
    """Fills the buckets with what the journal holds. Buckets must exist."""
    journal, current.journal = current.journal, None
    try:
        for bucket, key, body in journal.objects() if journal else ():
            s3_backends[account]["aws"].put_object(bucket, key, body)
    finally:
        current.journal = journal


def _put(original: Method, current: Current) -> Method:
    def put_object(backend: Any, bucket_name: str, key_name: str, value: bytes, *rest: Any, **named: Any) -> Any:
        with current.lock:
            answer = original(backend, bucket_name, key_name, value, *rest, **named)
            if current.journal is not None:
                current.journal.put_object(bucket_name, key_name, bytes(value))
            return answer

    return put_object


def _delete(original: Method, current: Current) -> Method:
    def delete_object(backend: Any, bucket_name: str, key_name: str, *rest: Any, **named: Any) -> Any:
        with current.lock:
            answer = original(backend, bucket_name, key_name, *rest, **named)
            if current.journal is not None:
                current.journal.delete_object(bucket_name, key_name)
            return answer

    return delete_object
