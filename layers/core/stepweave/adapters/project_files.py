"""Files of projects in the bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from stepweave.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ProjectFiles:
    """The port `services.ports.ProjectFiles`: `projects/<project>/<path>`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, project: str, path: str, text: str) -> None:
        """Without a condition: who exports last has the newest."""
        with _answering():
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"{_prefix(project)}{path}",
                Body=text.encode(),
                ContentType="application/yaml",
            )

    def read(self, project: str, folder: str) -> Iterator[tuple[str, str]]:
        for key in self._keys(f"{_prefix(project)}{folder}/"):
            with _answering():
                body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            yield key.removeprefix(_prefix(project)), body.decode(errors="replace")

    def _keys(self, prefix: str) -> list[str]:
        """In order; S3 answers a thousand at a time."""
        keys: list[str] = []
        after = ""
        while True:
            with _answering():
                found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, StartAfter=after or prefix)
            keys += [each["Key"] for each in found.get("Contents", [])]
            if not found["IsTruncated"]:
                return keys
            after = keys[-1]


def _prefix(project: str) -> str:
    return f"projects/{project}/"


@contextmanager
def _answering() -> Iterator[None]:
    """`Unavailable` when S3 does not answer."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise
        raise Unavailable("S3") from error
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable("S3") from error
