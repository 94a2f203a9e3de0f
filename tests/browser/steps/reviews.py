"""A management review: filled from the period, held, decided, minuted, signed with the password, locked."""

from playwright.sync_api import expect

from tests.browser.steps.base import Steps
from tests.browser.steps.days import PERIOD_FROM, TODAY


class Reviews(Steps):
    def review(self) -> None:
        self.plan_review()
        self.meeting()
        self.minutes()

    def plan_review(self) -> None:
        page = self.at("manager", "/")
        self.navigate(page, "Reviews")
        self.follow(page, "Plan a review")
        self.write(page, "title", self.t["review"])
        self.day(page, "first_day", PERIOD_FROM)
        self.day(page, "last_day", TODAY)
        self.day(page, "meets_on", TODAY)
        page.select_option("#chair_id", label="Tao Top")
        page.locator("#participants label", has_text="Olga Owner").locator("input").check()
        self.press(page, "Plan")
        self.state(page, "Scheduled")
        self.review_url = page.url
        # the agenda is filled from the records
        agenda = page.locator("ol.rv-agenda")
        expect(agenda.locator("li", has_text=self.say("Promises kept"))).to_contain_text(self.say("Kept"))
        expect(agenda).to_contain_text(self.t["questions"][1])
        self.picture("manager", "review-planned")
        self.press(page, "Prepare and invite")
        self.state(page, "Prepared")
        page.locator(".pl-head details.pl-drop summary").click()
        self.press(page, "Pack as PDF, Chinese" if self.language == "zh" else "Pack as PDF, English")
        text = self.pdf(page, self.result_of_job(page), "review.pdf")
        self.holds(text, self.t["review"], self.t["questions"][1], self.say("Promises kept"))

    def meeting(self) -> None:
        """The chair goes through the agenda; under the first item something is decided."""
        page = self.at("top", self.review_url)
        self.follow(page, "Go through the agenda")
        expect(page.locator(".rv-block").first).to_be_visible()
        self.picture("top", "review-item")
        page.fill("#comment", self.t["comment"])
        page.check("input[name=mark][value=discussed]")
        self.press(page, "Save, record a decision")
        self.write(page, "text", self.t["decided"])
        page.check("input[name=kind][value=task]")
        page.select_option("#owner_id", label="Sun Owner")
        self.day(page, "due", TODAY)
        self.press(page, "Record the decision")
        expect(page.locator("main")).to_contain_text(self.t["decided"])
        self.follow(page, "Next item")
        while True:
            title = page.locator("h1").inner_text()
            page.check("input[name=mark][value=discussed]")
            last = self.button(page.locator("main"), "Save, next").count() == 0
            self.press(page, "Save" if last else "Save, next")
            if last:
                break
            expect(page.locator("h1")).not_to_have_text(title)
        self.confirm(page, "Close the meeting")

    def minutes(self) -> None:
        page = self.at("top")
        self.heading(page, self.say("Minutes"))
        self.write(page, "minutes", self.t["minutes"])
        self.press(page, "Save")
        self.follow(page, "Sign the minutes")
        page.fill("#password", "something else")
        self.press(page, "Sign the minutes")
        expect(page.locator("[role=alert]")).to_be_visible()
        self.sign(page, "Sign the minutes")
        self.state(page, "Signed")
        expect(page.locator("main")).to_contain_text(
            self.say("the signature stands for exactly this content")
        )
        expect(self.link(page.locator("main"), "Change")).to_have_count(0)  # locked
        self.picture("top", "review-signed")
        task = self.at("south_owner", "/")
        expect(task.locator("main")).to_contain_text(self.t["decided"])
