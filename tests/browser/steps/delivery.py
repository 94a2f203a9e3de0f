"""Registers are imported, and the promise turns out short, later kept."""

import csv
import io
import random
import re
from datetime import date, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.steps.base import Steps
from tests.browser.steps.days import AFTER, BEFORE, BETWEEN, PERIOD_FROM
from tests.browser.steps.texts import TEXTS

LIMIT = timedelta(days=5)
#: what gives 65 and 97 of a hundred in time
BAD, GOOD = {"NORTH": 0.35, "SOUTH": 0.04}, {"NORTH": 0.03, "SOUTH": 0.03}


def cases(language: str, first: date, last: date, late: dict[str, float], *, prefix: str) -> str:
    """A register: two cases a day in each area; `late` is the share by area that takes longer than five days."""
    chance = random.Random(prefix)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(TEXTS[language]["columns"])
    numbers = dict.fromkeys(late, 0)
    for day in range((last - first).days + 1):
        for turn in range(4):
            area = list(late)[turn % len(late)]
            numbers[area] += 1
            received = datetime.combine(first + timedelta(days=day), datetime.min.time()) + timedelta(
                hours=8 + turn, minutes=chance.randrange(60)
            )
            # exactly this share of an area is late, spread evenly
            slow = int(numbers[area] * late[area]) > int((numbers[area] - 1) * late[area])
            closed = received + timedelta(
                days=6 if slow else chance.randrange(1, 4), minutes=chance.randrange(300)
            )
            writer.writerow(
                (f"{prefix}{day:03}{turn}", area, f"{received:%Y-%m-%d %H:%M}", f"{closed:%Y-%m-%d %H:%M}")
            )
    return out.getvalue()


def share_in_time(register: str, first: date) -> str:
    """Of the cases received from `first` on, counted here without the product."""
    rows = list(csv.reader(io.StringIO(register)))[1:]
    took = [
        datetime.fromisoformat(closed) - datetime.fromisoformat(received)
        for _case, _area, received, closed in rows
        if datetime.fromisoformat(received).date() >= first
    ]
    return f"{sum(one <= LIMIT for one in took) / len(took):.1%}"


class Delivery(Steps):
    def delivery(self) -> None:
        text = cases(self.language, *BEFORE, BAD, prefix="A")
        _case, _area, received, _closed = self.t["columns"]
        text += f"A9998,NORTH,{self.t['wrong']},{BEFORE[1]} 10:00\r\n"
        text += f",SOUTH,{BEFORE[1]} 09:00,{BEFORE[1]} 10:00\r\n"
        self.upload("register-1.csv", text, new=True)

        page = self.at("manager", "/delivery/logs")
        page.locator("main").get_by_role("link", name=self.t["log"]).first.click()
        page.locator("main td").get_by_role("link", name="2", exact=True).click()
        self.heading(page, self.say("Rows set aside"))
        expect(page.locator("tbody tr")).to_have_count(2)
        expect(page.locator("tbody")).to_contain_text(self.t["wrong"])
        expect(page.locator("tbody")).to_contain_text(received)
        self.short()

    def upload(self, name: str, text: str, *, new: bool) -> Page:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        case, area, received, closed = self.t["columns"]
        page = self.at("manager", "/delivery")
        self.follow(page, "Import a log")
        if new:
            page.select_option("#log", "new")
            page.fill("#code", "REGISTER")
            self.write(page, "name", self.t["log"])
        page.set_input_files("#file", path)
        self.press(page, "Next: columns")
        self.heading(page, self.say("What do the columns mean?"))
        expect(page.locator("#case")).to_have_value(case)
        if new:
            rows = page.locator("#milestones [data-row]")
            found = {
                rows.nth(number).locator("select").input_value(): rows.nth(number)
                .locator("input")
                .first.input_value()
                for number in range(rows.count())
            }
            assert found == {received: "received", closed: "closed"}
            page.locator("details.dl-more summary").click()
            with page.expect_response(lambda answer: "/columns" in answer.url):
                page.select_option("#unit_column", area)
        expect(page.locator("#preview")).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"))
        if new:
            self.picture("manager", "columns")
        self.press(page, "Next: units and standards")
        chosen = page.locator("label", has_text=self.t["title"]).locator("input")
        if new:
            for value in ("NORTH", "SOUTH"):
                row = page.locator("tr", has=page.get_by_role("rowheader", name=value, exact=True))
                expect(row.locator("select option:checked")).to_contain_text(self.unit(value))
            chosen.check()
        else:
            expect(chosen).to_be_checked()
        self.press(page, "Next: check")
        expect(page.locator("main")).to_contain_text(self.t["title"])
        self.press(page, "Import")
        done = self.result_of_job(page, "Open the log")
        if new:
            self.picture("manager", "imported")
        done.click()
        return page

    def short(self) -> None:
        """The promise falls short, and every figure leads to its cases."""
        page = self.at("manager", "/delivery")
        expect(page.locator("main")).to_contain_text(self.say("Promises kept"))
        page.locator("table.prom a.name").first.click()
        expect(page.locator("h1")).to_contain_text("5")
        self.state(page, "Short")
        expect(page.locator("#by-month[data-state=drawn] svg").first).to_be_visible()
        expect(page.locator(".dl-units")).to_contain_text(re.compile(r"n = 1[678]\d"))
        expect(page.locator(".dl-one .calc").first).to_have_text(re.compile(r"(79|80|81)([.]\d)?%"))
        self.picture("manager", "promise-short")
        page.locator(".dl-one .calc").first.click()
        self.heading(page, self.say("How was this computed?"))
        expect(page.locator("main ol").first).to_contain_text(re.compile(r"3[3-6]\d"))
        self.follow(page, "Open the cases")
        page.select_option("select[name=outcome]", "missed")
        page.wait_for_url("**outcome=missed**")
        expect(page.locator("tbody tr").first).to_contain_text(self.say("Missed"))
        page.locator("tbody a").first.click()
        expect(page.locator("main")).to_contain_text(self.say("What the clock counted"))
        self.state(page, "Missed")
        self.picture("manager", "case")

    def more_cases(self) -> None:
        """After the first action nothing became better."""
        self.upload("register-2.csv", cases(self.language, *BETWEEN, BAD, prefix="B"), new=False)

    def better_cases(self) -> None:
        """After the second one nearly all are in time."""
        text = cases(self.language, *AFTER, GOOD, prefix="C")
        self.packed = share_in_time(text, PERIOD_FROM)
        self.upload("register-3.csv", text, new=False)

    def kept(self) -> None:
        page = self.at("manager", "/delivery")
        page.locator("table.prom a.name").first.click()
        self.state(page, "Kept")
        self.share = page.locator(".dl-one .calc").first.inner_text().strip()
        assert re.fullmatch(r"9[67]([.,]\d)?%", self.share), self.share
        self.picture("manager", "promise-kept")
