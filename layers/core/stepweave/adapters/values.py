"""JSON values: inline in an item while they are small, in S3 when they are large."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from stepweave.domain.run import INLINE_BYTES, Value
from stepweave.errors import StepError, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LINK_SECONDS = 300
MAX_BYTES = 64 * 1024 * 1024
"""More than any step may bring in, and what a function can still hold in memory several times over."""


def _json(value: Any) -> str:
    """JSON text. Half surrogate pairs, for which UTF-8 has no form, stay escaped; infinities are refused."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        message = "The value cannot be written as JSON: it holds a number that is not finite, or is nested too deeply."
        raise StepError("output_not_json", message) from error
    return text


class Values:
    """The port `services.ports.Values` on a bucket. A key is written once, by one invocation, and never changes."""

    def __init__(self, client: "S3Client", bucket: str, *, links: bool = False) -> None:
        """`links`: whether clients can reach the bucket, as they can on AWS, with a URL that is signed for them."""
        self._client = client
        self._bucket = bucket
        self._links = links

    def store(self, key: str, value: Any) -> Value:
        text = _json(value)
        data = text.encode()
        if len(data) <= INLINE_BYTES:
            return Value(inline=text, size=len(data))
        if len(data) > MAX_BYTES:
            message = f"The value has {len(data)} bytes of JSON; the limit is {MAX_BYTES}."
            raise StepError("output_too_large", message, details={"bytes": len(data), "limit": MAX_BYTES})
        self._put_once(key, data)
        return Value(ref=key, size=len(data))

    def load(self, value: Value) -> Any:
        if value.inline is not None:
            return json.loads(value.inline)
        answer = self._client.get_object(Bucket=self._bucket, Key=value.ref or "")
        return json.loads(answer["Body"].read())

    def link(self, value: Value) -> str | None:
        if not self._links or value.ref is None:
            return None
        place = {"Bucket": self._bucket, "Key": value.ref}
        return self._client.generate_presigned_url("get_object", Params=place, ExpiresIn=_LINK_SECONDS)

    def remove(self, prefix: str) -> None:
        """`Unavailable` when S3 does not answer, or does not remove what it was asked to: it may be asked again."""
        try:
            self._remove(prefix)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                raise
            raise Unavailable("S3") from error  # also `SlowDown`, its throttling (S3 API reference, "Error responses")
        except (ConnectionError, HTTPClientError) as error:
            raise Unavailable("S3") from error

    def _remove(self, prefix: str) -> None:
        while found := self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix).get("Contents"):
            keys = [{"Key": each["Key"]} for each in found]
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})  # type: ignore[typeddict-item]  # the stub wants a literal
            if answer.get("Errors"):
                raise Unavailable("S3")

    def _put_once(self, key: str, data: bytes) -> None:
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType="application/json", IfNoneMatch="*"
            )
        except ClientError as error:
            # 412: the same invocation has written it before, and its answer was lost.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 412:
                raise
