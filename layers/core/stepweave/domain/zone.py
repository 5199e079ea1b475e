"""Time zones by their names in the IANA database."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OF_THE_MACHINE = re.compile(r"(localtime|posixrules|Factory)$|(posix|right)/")
"""Files that lie beside the zones where an operating system keeps them: another machine has others, or none."""


def is_zone(name: str) -> bool:
    if re.fullmatch(r"[A-Za-z0-9_+/-]+", name) is None or _OF_THE_MACHINE.match(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
