"""An audit: planned with independence checked, recorded on a phone with a photo, reported, accepted, at last closed."""

import io
import re

from playwright.sync_api import Page, expect

from tests.browser.steps.base import PHONE, Steps
from tests.browser.steps.days import TODAY


def photo() -> bytes:
    """As from a camera: larger than is shown, with the place in it."""
    from PIL import Image

    picture = Image.effect_noise((1600, 1200), 40).convert("RGB")
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


class Audits(Steps):
    def audit(self) -> None:
        self.plan_audit()
        self.record()
        self.report()
        self.accept()

    def plan_audit(self) -> None:
        page = self.at("manager", "/")
        self.navigate(page, "Audits")
        self.follow(page, "Plan an audit")
        self.write(page, "title", self.t["audit"])
        page.select_option("#unit_id", self.option(page, "#unit_id", self.unit("NORTH")))
        self.day(page, "starts_on", TODAY)
        self.day(page, "ends_on", TODAY)
        page.fill("#objective", self.t["objective"])
        self.press(page, "Plan, and choose the scope")
        self.flashed_code(page)

        page.select_option("#add-framework", self.option(page, "#add-framework", "10002"))
        self.press(page, "Show its clauses")
        page.locator("[data-boxes] [data-none]").click()
        page.locator(".au-clauses label", has_text=self.t["clause"]).locator("input").check()
        page.locator(".au-boxes li", has_text=self.t["title"]).locator("input").check()
        self.press(page, "Save, and choose the team")

        # who wrote the standard is not offered as independent
        offered = page.locator(".side ul.ver li")
        expect(offered.filter(has_text="Mei Manager")).to_contain_text(
            self.say("wrote %(what)s", what="").strip()
        )
        expect(offered.filter(has_text="Aki Auditor")).to_contain_text(self.say("independent"))
        page.select_option("#person_id", self.option(page, "#person_id", "Mei Manager"))
        self.press(page, "Take into the team")
        expect(page.locator("[role=alert]")).to_be_visible()
        page.select_option("#person_id", label="Aki Auditor")
        page.select_option("#role", "lead")
        self.press(page, "Take into the team")
        expect(page.locator("ul.au-team")).to_contain_text("Aki Auditor")
        self.picture("manager", "audit-team")
        self.follow(page, "On to the checklist")

        page = self.at("auditor", page.url)
        self.press(page, "Generate the checklist")
        expect(page.locator("ul.au-questions li").first).to_be_visible()
        self.picture("auditor", "checklist")
        self.follow(page, "Back to the audit")
        self.audit_url = page.url.partition("#")[0]
        self.press(page, "Prepare")
        self.flashed(page, "Prepared. The team can record now.")

    @staticmethod
    def option(page: Page, select: str, words: str) -> str:
        value = page.locator(f"{select} option", has_text=words).first.get_attribute("value")
        assert value, f"{select} does not offer {words}"
        return value

    def flashed_code(self, page: Page) -> None:
        expect(page.locator(".alertx.good").first).to_contain_text(re.compile(r"AUD-\d{4}-\d{4}"))

    def record(self) -> None:
        """One question a page, saved at once."""
        page = self.at("auditor", self.audit_url, width=PHONE)
        self.follow(page, "Record answers")
        expect(page.locator("h1")).to_be_visible()
        done = page.locator("[data-done]")
        total = int(page.locator("[data-total]").get_attribute("data-total") or 0)
        assert total >= 3, total
        for number in range(total):
            expect(done).to_contain_text(str(number))
            question = page.locator("h1").inner_text()
            if number == total - 1:
                self.gap(page)
            else:
                page.locator("label", has=page.locator("input[name=result][value=conform]")).tap()
                expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d?:\d\d"))
            page.locator("[data-next-item]").tap()
            if number < total - 1:
                expect(page.locator("h1")).not_to_have_text(question)
        expect(page.locator("[data-answered]")).to_contain_text(
            self.say("%(done)s of %(all)s answered", done=total, all=total)
        )
        self.press(page, "Finish recording")
        self.heading(page, self.say("Conclusion"))

    def gap(self, page: Page) -> None:
        """A grade that asks for a finding: note, photo, and the finding inside the item."""
        worst = page.locator("input[name=result][value=minor], input[name=result][value=partly]").first
        page.locator("label", has=worst).tap()
        page.fill("#note", self.t["seen"])
        expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d?:\d\d"))
        page.set_input_files(
            "input[name=photo]", {"name": "desk.jpg", "mimeType": "image/jpeg", "buffer": photo()}
        )
        picture = page.locator("#photos img")
        expect(picture).to_have_count(1)
        picture.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('#photos img').naturalWidth > 0")
        if not page.locator(f"#statement_{self.language}").is_visible():
            page.locator("#finding details[data-raise] > summary").tap()
        self.write(page, "statement", self.t["gap"])
        self.press(page, "Record the finding")
        expect(page.locator("#finding")).to_contain_text(re.compile(r"FND-\d{4}-\d{4}"))
        self.picture("auditor", "audit-item", width=PHONE)

    def report(self) -> None:
        page = self.at("auditor", f"{self.audit_url}/conclusion")
        self.write(page, "conclusion", self.t["conclusion"])
        self.press(page, "Save")
        self.follow(page, "Sign the report")
        self.sign(page, "Sign the report")
        self.flashed(page, "Signed. The unit was asked to accept the report.")
        page.locator(".pl-head details.pl-drop summary").click()
        self.press(page, "Report as PDF, Chinese" if self.language == "zh" else "Report as PDF, English")
        text = self.pdf(page, self.result_of_job(page), "audit.pdf")
        self.holds(text, self.t["audit"], self.t["gap"], self.t["conclusion"], "Aki Auditor")

    def accept(self) -> None:
        page = self.at("owner", self.audit_url)
        expect(page.locator(".side")).to_contain_text(
            self.say("Waits for you to accept the report for %(unit)s.", unit=self.unit("NORTH"))
        )
        self.follow(page, "Accept the report")
        self.sign(page, "Accept the report")
        self.flashed(page, "Accepted. The follow-up begins.")
        self.picture("owner", "audit-accepted")

    def close_audit(self) -> None:
        """The ticket is closed: the auditor looks whether the remedy holds, on the phone again."""
        page = self.at("auditor", self.audit_url, width=PHONE)
        page.locator("ul.au-follow a").first.click()
        page.fill("#verify-note", self.t["looked_at"])
        self.press(page, "Remedy holds")
        self.flashed(page, "Remedy verified.")
        self.press(page, "Close the audit")
        self.state(page, "Closed")
