"""Which minutes a schedule expression of EventBridge names, read from the user guide and from nothing of ours.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
from calendar import monthrange

WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}


class Rule:
    def __init__(self, expression):
        assert len(expression) <= 256
        fields = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression).groups()
        assert (fields[2] == "?") != (fields[4] == "?")
        assert fields[5] == "*"
        self.last_day = fields[2] == "L"
        self.minutes, self.hours = values(fields[0], range(60)), values(fields[1], range(24))
        self.days = values("*" if fields[2] in "?L" else fields[2], range(1, 32))
        self.months = values(fields[3], range(1, 13))
        self.weekdays = values("*" if fields[4] == "?" else fields[4], range(7))

    def has_day(self, day):
        if self.last_day and day.day != monthrange(day.year, day.month)[1]:
            return False
        return day.day in self.days and day.month in self.months and day.isoweekday() % 7 in self.weekdays

    def names(self, moment):
        return moment.minute in self.minutes and moment.hour in self.hours and self.has_day(moment)


def values(field, everything):
    if field == "*":
        return set(everything)
    found = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        low = WEEKDAYS.get(first, first)
        found |= set(range(int(low), int(last or low) + 1))
    assert found <= set(everything)
    return found
