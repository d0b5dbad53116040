"""Stops the clock of every Python that finds this on its path: ``datetime.now()`` is one moment for ever."""

import datetime

AT = (2026, 11, 21, 14, 3, 59)


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(*AT, tzinfo=tz)


datetime.datetime = Frozen
