"""This machine's clock beside AWS's, which refuses requests that are signed five minutes off."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning

TOLERATED, REFUSED = 5, 300
"""Seconds: what a second's precision and a slow line explain; what AWS refuses (Signature Version 4)."""


def check(deployment: Deployment) -> Iterator[Finding]:
    answer = deployment.clients("sts").get_caller_identity()
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        yield warning("AWS's answer carries no time", "A proxy may have removed it; compare the clock by hand.")
        return
    off = abs((deployment.clock() - parsedate_to_datetime(date)).total_seconds())
    if off <= TOLERATED:
        yield ok("this machine's is AWS's to within seconds")
    elif off < REFUSED:
        yield warning(f"this machine's is off by {off:.0f} s", "Set it by NTP: at 300 s AWS refuses every request.")
    else:
        yield error(f"this machine's is off by {off:.0f} s", "Set it by NTP: AWS refuses requests from it.")
