"""A clause is read, a standard written, reviewed, approved; the matrix shows it; a second version is tried and dropped."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps.base import Steps
from tests.browser.steps.days import EFFECTIVE

FRAMEWORK, CLAUSE = "iso-10002-2018", "7.4"


class Standards(Steps):
    def clauses(self) -> None:
        page = self.at("manager", "/")
        expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{self.language}"))
        self.navigate(page, "Frameworks")
        page.locator("main").get_by_role("link", name=re.compile("ISO 10002")).first.click()
        page.fill("main input[name=q]", CLAUSE)
        self.press(page, "Search")
        page.locator("ul.tree").get_by_role("link", name=self.t["clause"]).first.click()
        self.heading(page, f"{CLAUSE} {self.t['clause']}")
        expect(page.locator("main")).to_contain_text(self.say("What it looks for"))
        expect(page.locator("main")).to_contain_text(self.say("No requirement addresses this clause yet"))
        crosswalk = page.locator(
            "section", has=page.get_by_role("heading", name=self.say("Same ground in other standards"))
        ).locator("ul.xwalk a")
        expect(crosswalk.first).to_contain_text("ISO")
        self.picture("manager", "clause")
        crosswalk.first.click()
        expect(page.locator(".side")).to_contain_text(f"ISO 10002:2018 {CLAUSE}")

    def standard(self) -> None:
        page = self.at("manager", "/standards/new")
        self.write(page, "title", self.t["title"])
        self.write(page, "service", self.t["service"])
        self.write(page, "purpose", self.t["purpose"])
        self.press(page, "Write")
        self.heading(page, self.t["title"])

        self.follow(page, "Timing")
        page.fill("#from_milestone", "received")
        page.fill("#to_milestone", "closed")
        page.fill("#amount", "5")
        page.select_option("#unit", "days")
        page.fill("#target", "90")
        expect(page.locator("#points")).to_be_hidden()
        self.button(page, "Add").click()
        expect(page.locator("#R1")).to_contain_text("90%")
        expect(page.locator("#R1 .s")).to_contain_text("5")

        self.follow(page, "Content")
        self.button(page, "Add a point").click()
        page.fill(f"[name=points-0-{self.language}]", self.t["point"])
        self.write(page, "statement", self.t["point"])
        self.button(page, "Add").click()
        expect(page.locator("#R2")).to_contain_text(self.t["point"])
        version_url = page.url.partition("#")[0]

        for code, degree, rationale in (("R1", "full", "rationale"), ("R2", "supports", "content_rationale")):
            page.goto(version_url)
            page.locator(f"#{code}").get_by_role("link", name=self.say("Map to clauses")).click()
            option = page.locator("#clause optgroup[label*='10002'] option", has_text=f"{CLAUSE} ").first
            page.select_option("#clause", option.get_attribute("value"))
            page.check(f"input[name=degree][value={degree}]")
            self.write(page, "rationale", self.t[rationale])
            self.press(page, "Map")
            page.goto(version_url)
            expect(page.locator(f"#{code} a.clause")).to_contain_text(CLAUSE)

        self.press(page, "Send for review")
        self.flashed(
            page, "Version %(number)s is in review. Somebody other than its writers approves it.", number=1
        )
        expect(self.button(page, "Approve")).to_be_disabled()
        page.goto(f"{version_url}/approve")
        expect(page.locator("#password")).to_have_count(0)
        self.approve(version_url)
        self.matrix()
        self.second_version(version_url)

    def approve(self, version_url: str) -> None:
        page = self.at("approver", version_url)
        self.follow(page, "Approve")
        expect(page.locator("main")).to_contain_text(self.t["point"])
        self.day(page, "effective_on", EFFECTIVE)
        page.fill("#password", "not the password")
        self.press(page, "Sign and approve")
        expect(page.locator("[role=alert]")).to_be_visible()
        page.check("#recorded_later")
        self.sign(page, "Sign and approve")
        self.flashed(page, "Version %(number)s is approved and in force.", number=1)
        expect(page.locator("main")).to_contain_text(self.say("stands for this text"))
        self.picture("approver", "version")

    def matrix(self) -> None:
        page = self.at("manager", f"/frameworks/{FRAMEWORK}/coverage")
        cell = page.locator(f'button.btn-cell[value^="{CLAUSE}~"]')
        expect(cell).to_have_attribute("aria-label", re.compile(re.escape(self.say("addressed"))))
        expect(cell).to_contain_text("2")
        cell.focus()
        page.keyboard.press("Enter")
        reasons = page.locator("#cov-pop .pop")
        expect(reasons).to_be_visible()
        expect(reasons).to_contain_text(f"{CLAUSE} {self.t['clause']}")
        self.picture("manager", "matrix")
        page.keyboard.press("Escape")
        expect(page.locator("#cov-pop")).to_be_hidden()
        expect(cell).to_be_focused()

    def second_version(self, version_url: str) -> None:
        page = self.at("manager", "/standards")
        page.locator("main").get_by_role("link", name=self.t["title"]).first.click()
        self.standard_url = page.url.partition("?")[0]
        self.heading(page, self.t["title"])
        self.press(page, "Draft version %(number)s", number=2)
        page.wait_for_url(re.compile(r"/versions/\d+"))
        draft = page.url
        assert draft != version_url
        self.change_limit(page, 4)
        self.follow(page, "Compare with version %(number)s", number=1)
        changed = page.locator("li.req", has_text="R1")
        expect(changed.locator("del").first).to_contain_text("5")
        expect(changed.locator("ins").first).to_contain_text("4")
        expect(page.locator("main")).to_contain_text(self.say("Unchanged: %(codes)s", codes="R2"))
        self.picture("manager", "compare")
        # the draft is not wanted after all: a dialog says what will happen
        page.goto(draft)
        self.press(page, "Delete the draft")
        expect(page.locator("dialog")).to_contain_text(
            self.say("The draft and its requirements are deleted. This stays in the trail.")
        )
        page.locator("dialog .btn-primary").click()
        self.flashed(page, "The draft is deleted.")

    def change_limit(self, page: Page, days: int) -> None:
        page.locator("#R1").get_by_role("link", name=self.say("Edit"), exact=True).click()
        page.fill("#amount", str(days))
        self.press(page, "Save")
        expect(page.locator("#R1 .s")).to_contain_text(str(days))

    def new_version(self) -> None:
        """The standard changes because of the ticket, which waits until the new version is in force."""
        page = self.at("manager", self.ticket_url)
        page.locator("[aria-labelledby=h-a] footer button").click()
        expect(page.locator(".alertx.good").first).to_be_visible()
        owners = self.at("owner", self.ticket_url)
        self.follow(owners, "Sign and close")
        expect(owners.locator("[aria-labelledby=h-missing]")).to_be_visible()

        page.goto(self.standard_url)
        page.locator(".pl-head .do a.btn-primary").click()
        self.version_url = page.url.partition("#")[0]
        self.follow(page, "Content")
        self.button(page, "Add a point").click()
        page.fill(f"[name=points-0-{self.language}]", self.t["new_point"])
        self.write(page, "statement", self.t["new_point"])
        self.button(page, "Add").click()
        expect(page.locator("#R3")).to_contain_text(self.t["new_point"])
        self.press(page, "Send for review")
        self.flashed(
            page, "Version %(number)s is in review. Somebody other than its writers approves it.", number=2
        )

    def version_in_force(self) -> None:
        page = self.at("approver", self.version_url)
        self.follow(page, "Approve")
        self.sign(page, "Sign and approve")
        self.flashed(page, "Version %(number)s is approved and in force.", number=2)
