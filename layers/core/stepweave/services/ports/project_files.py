"""Where the files of a project are, which people keep beside what is stored."""

from collections.abc import Iterator
from typing import Protocol


class ProjectFiles(Protocol):
    """Text files by path (`agents/writer.yaml`) below a project."""

    def write(self, project: str, path: str, text: str) -> None:
        """Over what is there."""

    def read(self, project: str, folder: str) -> Iterator[tuple[str, str]]:
        """The files of a folder, each with its path, in the order of their paths."""
