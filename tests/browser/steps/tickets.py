"""One ticket: planned, done, checked without effect; a second cycle, checked with effect; closed."""

import sqlite3
from datetime import date

from playwright.sync_api import Page, expect

from tests.browser.steps.base import Steps
from tests.browser.steps.days import BEFORE, DONE_1, DONE_2, WINDOW_1, WINDOW_2, ago


class Tickets(Steps):
    def plan(self) -> None:
        page = self.at("owner", self.ticket_url)
        self.press(page, "Pass to Do")
        expect(page.locator("[role=alert]")).to_contain_text(self.say("Not yet possible"))

        page.goto(self.ticket_url)
        page.locator("[aria-labelledby=h-problem] a.end").click()
        page.fill("#problem", self.t["problem"])
        page.fill("#correction", self.t["correction"])
        self.press(page, "Save")
        expect(page.locator("main")).to_contain_text(self.t["correction"])
        self.causes(page, self.t["cause"][:2])
        self.action(page, self.t["action_1"])
        self.measure(page, WINDOW_1)
        self.picture("owner", "plan")
        self.press(page, "Pass to Do")
        expect(page.locator("[aria-current=step]")).to_contain_text("D")

    def causes(self, page: Page, whys: tuple[str, ...]) -> None:
        """Each is asked why; the last one is the root."""
        self.follow(page, "Add a cause")
        for number, why in enumerate(whys):
            if number:
                page.locator(".why", has_text=whys[number - 1]).get_by_role(
                    "link", name=self.say("Why?"), exact=True
                ).click()
            page.fill("#text", why)
            self.press(page, "Add")
            self.flashed(page, "Cause added.")
        page.locator(".why", has_text=whys[-1]).get_by_role(
            "link", name=self.say("Change"), exact=True
        ).click()
        page.check("#root")
        page.fill("#verified_how", self.t["verified"])
        self.press(page, "Save")
        expect(page.locator("li.root").first).to_contain_text(self.say("Root cause"))

    def action(self, page: Page, text: str) -> None:
        self.follow(page, "Add an action")
        page.fill("#text", text)
        page.select_option("#owner_id", label="Olga Owner")
        self.day(page, "due", ago(-7))
        self.press(page, "Add")
        expect(page.locator(".acts").first).to_contain_text(text)

    def measure(self, page: Page, window: int) -> None:
        self.follow(page, "Register a measure")
        page.fill("#margin", "10")
        self.day(page, "baseline_from", BEFORE[0])
        self.day(page, "baseline_until", BEFORE[1])
        page.fill("#wait_days", "0")
        page.fill("#window_days", str(window))
        page.fill("#least_n", "50")
        page.locator("#least_n").blur()
        expect(page.locator("#preview")).to_contain_text("180")
        expect(page.locator("#metric_ref option:checked")).to_contain_text(self.unit("NORTH"))
        self.press(page, "Register")
        self.flashed(page, "Registered. It stays as it is from Do on.")

    def do(self, outcome: str, file: str) -> None:
        page = self.at("owner", self.ticket_url)
        self.follow(page, "Finish")
        page.check("input[name=state][value=done]")
        page.fill("#outcome", outcome)
        page.set_input_files("#file", {"name": file, "mimeType": "text/plain", "buffer": b"Mon-Fri 07:30\n"})
        self.press(page, "Save")
        expect(page.locator(".acts").first).to_contain_text(file)
        self.press(page, "Pass to Check")
        expect(page.locator("#h-c")).to_be_visible()
        expect(page.locator("main")).to_contain_text(self.say("Measure, registered before the action"))

    def time_passes(self, done: date) -> None:
        """The action of this cycle was done on another day: nobody waits for the window of a test."""
        number = int(self.ticket_url.rstrip("/").rpartition("/")[2])
        with sqlite3.connect(self.site.folder / "plumbline.db", timeout=30) as database:
            changed = database.execute(
                "UPDATE cycle SET done_at = ? WHERE ticket_id = ? AND done_at IS NOT NULL AND number = "
                "(SELECT max(number) FROM cycle WHERE ticket_id = ?)",
                (f"{done} 04:00:00.000000", number, number),
            ).rowcount
        database.close()
        assert changed == 1

    def first_cycle_done(self) -> None:
        self.do(self.t["outcome_1"], "letter.txt")
        self.time_passes(DONE_1)

    def failed_check(self) -> None:
        page = self.verdict("Not effective", self.t["harm_1"])
        self.picture("auditor", "check-failed")
        self.follow(page, "Sign the verdict")
        self.sign(page, "Sign")
        expect(page.locator("[aria-current=step]")).to_contain_text("P")

    def second_cycle(self) -> None:
        """What was tried before stays in sight; the plan is made anew, one why deeper."""
        page = self.at("owner", self.ticket_url)
        expect(page.locator("main")).to_contain_text(self.t["action_1"])
        self.press(page, "Pass to Do")
        expect(page.locator("[role=alert]")).to_contain_text(self.say("Not yet possible"))
        page.goto(self.ticket_url)
        self.causes(page, self.t["cause"])
        self.action(page, self.t["action_2"])
        self.measure(page, WINDOW_2)
        self.press(page, "Pass to Do")
        self.do(self.t["outcome_2"], "roster.txt")
        self.time_passes(DONE_2)

    def verdict(self, wanted: str, harm: str) -> Page:
        """Computed by who takes no part, who also looks for what became worse."""
        page = self.at("auditor", self.ticket_url)
        self.press(page, "Compute the verdict")
        expect(page.locator(".verdict .big").first).to_have_text(self.say(wanted))
        expect(page.locator("#before-after[data-state=drawn] svg").first).to_be_visible()
        self.follow(page, "Note side effects")
        page.fill("#side_effects", harm)
        self.press(page, "Save")
        self.follow(page, "How was this computed")
        expect(page.locator("main")).to_contain_text("Newcombe")
        page.goto(self.ticket_url)
        return page

    def effective_check(self) -> None:
        page = self.verdict("Effective", self.t["harm_2"])
        self.picture("auditor", "check")
        # who did the work may not sign that it worked
        owners = self.at("owner", self.ticket_url)
        expect(self.link(owners, "Sign the verdict")).to_have_count(0)
        self.follow(page, "Sign the verdict")
        page.fill("#password", "something else")
        self.press(page, "Sign")
        expect(page.locator("[role=alert]")).to_be_visible()
        self.sign(page, "Sign")
        expect(page.locator("#h-a")).to_be_visible()

        page = self.at("owner", self.ticket_url)
        page.locator("[aria-labelledby=h-a] a.end").click()
        page.fill("#lesson", self.t["lesson"])
        self.press(page, "Save")
        expect(page.locator("main")).to_contain_text(self.t["lesson"])

    def close(self) -> None:
        page = self.at("owner", self.ticket_url)
        self.follow(page, "Sign and close")
        self.sign(page, "Sign and close")
        self.flashed(page, "Closed, with its findings.")
        self.state(page, "Closed")
        self.picture("owner", "closed")
