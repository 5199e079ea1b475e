"""The deployment's signing key: made when it is first needed, in the bucket, away from what is signed with it."""

import secrets
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PLACE = "keys/signing"
_ABSENT = (403, 404)
"""S3 answers 403 for what is not there to those who may not list the bucket (S3 API reference, GetObject)."""


class SigningKey:
    """The port `services.ports.SigningKey`; read once per process."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._key = b""

    def __call__(self) -> bytes:
        self._key = self._key or self._read() or self._make()
        return self._key

    def _read(self) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=_PLACE)["Body"].read()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _ABSENT:
                raise
        return b""

    def _make(self) -> bytes:
        """Of several that make it at once, one does; all use what stands then."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=_PLACE, Body=secrets.token_bytes(32), IfNoneMatch="*")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (409, 412):
                raise
        return self._client.get_object(Bucket=self._bucket, Key=_PLACE)["Body"].read()
