"""The inbox: shortfalls of the register, of the survey and of the audit are triaged into one ticket, a slip is dismissed."""

import re

from playwright.sync_api import expect

from tests.browser.steps.base import Steps


class Findings(Steps):
    def findings(self) -> None:
        page = self.at("manager", "/")
        self.navigate(page, "Findings")
        rows = page.locator("table.list tbody tr")
        expect(rows).to_have_count(3)
        north = self.unit("NORTH")
        self.picture("manager", "inbox")
        # the shortfall of one division becomes a ticket
        short = rows.filter(has_not_text=self.t["gap"]).filter(
            has=page.locator("td", has_text=re.compile(f"^{north}$"))
        )
        short.locator("a").first.click()
        expect(page.locator("main")).to_contain_text(self.say("Figures, as they stood"))
        page.select_option("#owner_id", label="Olga Owner")
        page.select_option("#verifier_id", label="Aki Auditor")
        self.press(page, "Triage")
        page.wait_for_url("**/tickets/*")
        self.ticket_url = page.url
        expect(page.locator(".pl-facts")).to_contain_text("Olga Owner")
        expect(page.locator(".pl-facts")).to_contain_text("Aki Auditor")
        code = re.search(r"CAR-\d{4}-\d{4}", page.locator(".pl-crumb").inner_text())
        assert code is not None
        self.ticket_code = code.group()

        # the same shortfall seen for the whole, and what the audit found, belong to this ticket
        for left in (2, 1):
            page = self.at("manager", "/findings")
            expect(rows).to_have_count(left)
            rows.locator("a").first.click()
            page.select_option("#decision", "existing")
            expect(page.locator("#reason")).to_be_hidden()
            page.fill("#ticket", self.ticket_code)
            self.press(page, "Triage")
            page.wait_for_url(self.ticket_url)
        expect(page.locator("main")).to_contain_text(self.t["gap"])
        self.slip()

    def slip(self) -> None:
        """Recorded by staff, who don't triage; dismissed with a reason, which they can read."""
        page = self.at("staff", self.standard_url)
        self.heading(page, self.t["title"])
        self.link(page.locator(".side"), "Record a finding").click()
        self.write(page, "statement", self.t["slip"])
        self.press(page, "Record a finding")
        self.heading(page, self.t["slip"])
        expect(page.locator("#triage")).to_have_count(0)

        page = self.at("manager", "/findings")
        page.get_by_role("link", name=self.t["slip"]).click()
        page.select_option("#decision", "dismiss")
        self.press(page, "Triage")
        expect(page.locator("[role=alert]")).to_be_visible()  # not without a reason
        page.fill("#reason", self.t["dismissed"])
        self.press(page, "Triage")
        expect(page.locator(".pl-empty")).to_contain_text(self.say("Nothing to triage"))
        page = self.at("staff", "/findings?state=dismissed")
        page.get_by_role("link", name=self.t["slip"]).click()
        expect(page.locator("main")).to_contain_text(self.t["dismissed"])
