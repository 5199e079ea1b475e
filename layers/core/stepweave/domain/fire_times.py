"""The moments at which a cron fires in a zone.

Each local time that the cron names fires at most once: where clocks go forward over it, never; where they go back over
it, the first time (the contract: a gap is skipped, a fold fires once).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile

from cronsim import CronSim

from stepweave.domain.cron import Cron

_DAY = timedelta(days=1)
LAST = datetime(2200, 1, 1, tzinfo=UTC)
"""Nothing fires later: a cron like 29 February on a Monday may have no next time for decades."""


def fires_at(cron: Cron, zone: tzinfo, moment: datetime) -> bool:
    """Whether it fires in the minute of that moment (any zone)."""
    wall = moment.astimezone(zone)
    return wall.fold == 0 and cron.has_minute(wall)


def fire_times(cron: Cron, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Its fire times after a moment, in order, in its own zone; ends where there are none any more."""
    first = after.astimezone(zone).replace(tzinfo=None)
    fires = (wall.replace(tzinfo=zone) for wall in CronSim(cron.text, first - _DAY))
    for fire in takewhile(lambda fire: fire <= LAST, fires):
        if fire.astimezone(UTC) > after and _exists(fire):
            yield fire


def _exists(fire: datetime) -> bool:
    return fire.astimezone(UTC).astimezone(fire.tzinfo).replace(fold=0) == fire
