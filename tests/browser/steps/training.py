"""A course with its quiz, given because a new version says something new; read, failed, passed; the certificate."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps.base import PHONE, Steps

#: the requirement that only the new version has
NEW = "R3"


class Training(Steps):
    def course(self) -> None:
        page = self.at("manager", "/training/courses")
        self.follow(page, "Write a course")
        self.write(page, "title", self.t["course"])
        self.press(page, "Write the course")
        self.flashed(page, "The course is begun. Now write what is to be read.")
        self.follow(page, "Add a step")
        title, body = self.t["step"]
        self.write(page, "title", title)
        self.write(page, "body", body)
        self.press(page, "Add the step")
        self.follow(page, "Add a question")
        question, answers = self.t["quiz"]
        self.write(page, "text", question)
        for number, answer in enumerate(answers):
            page.fill(f"#choices-{number}-{self.language}", answer)
        page.check("#choices-0-right")
        self.press(page, "Add the question")
        expect(page.locator("ol.tr-answers")).to_contain_text(question)
        self.confirm(page, "Publish")
        page.wait_for_url(re.compile(r"/training/courses/\d+$"))
        self.course_url = page.url
        self.follow(page, "Add a rule")
        page.select_option("#unit_id", self.unit_option(page, "NORTH"))
        page.select_option("#role", "staff")
        page.select_option("#standard_id", index=1)
        page.fill("#requirement_code", NEW)
        self.press(page, "Add the rule")
        self.flashed(page, "Rule added.")
        self.picture("manager", "course")
        mine = self.at("staff", "/training")
        expect(mine.locator(".pl-empty")).to_contain_text(self.say("Nothing to be taken"))

    def unit_option(self, page: Page, code: str) -> str:
        value = page.locator("#unit_id option", has_text=self.unit(code)).first.get_attribute("value")
        assert value
        return value

    def learn(self) -> None:
        """On a phone: what, why, until when; read, then the quiz."""
        page = self.at("staff", "/", width=PHONE)
        page.locator("main").get_by_role("link", name=re.compile(re.escape(self.t["course"]))).first.click()
        self.heading(page, self.t["course"])
        expect(page.locator(".tr-why")).to_contain_text(self.t["title"])
        self.press(page, "Begin")
        self.heading(page, self.t["step"][0])
        expect(page.locator(".tr-text strong")).to_be_visible()
        self.picture("staff", "course-step", width=PHONE)
        self.button(page, "Read, to the end").tap()
        self.press(page, "Take the quiz")
        self.answer_quiz(page, self.t["quiz"][1][1])
        self.state(page, "Not passed")
        self.press(page, "Try again")
        self.answer_quiz(page, self.t["quiz"][1][0])
        self.state(page, "Passed")
        self.picture("staff", "quiz-passed", width=PHONE)
        text = self.pdf(page, self.link(page.locator(".pl-head"), "Certificate (PDF)"), "certificate.pdf")
        self.holds(text, "Stan Staff", self.t["course"])

        page = self.at("manager", self.course_url)
        expect(page.locator("main")).to_contain_text(
            self.say("%(passed)s of %(all)s passed", passed=1, all=1)
        )

    def answer_quiz(self, page: Page, answer: str) -> None:
        self.heading(page, self.t["quiz"][0])
        page.locator("fieldset label", has_text=answer).tap()
        self.button(page, "Save, to the end").tap()
        self.press(page, "Hand in")
