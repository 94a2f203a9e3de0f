"""When things happen in the story. It ends today; what came before lies so that the last 90 days are good ones."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


#: the standard is in force since
EFFECTIVE = ago(330)
#: the first period, with too many late cases
BEFORE = (ago(320), ago(231))
#: the first action and the window after it, in which nothing became better
DONE_1, WINDOW_1 = ago(225), 40
BETWEEN = (ago(224), ago(175))
#: the second action, and how it went on since
DONE_2, WINDOW_2 = ago(170), 60
AFTER = (ago(169), ago(8))
#: pack and review cover whole months: from the first one that lies wholly after the second action
PERIOD_FROM = (DONE_2.replace(day=1) + timedelta(days=31)).replace(day=1)
