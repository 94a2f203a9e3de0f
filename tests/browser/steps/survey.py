"""A questionnaire and its wave; customers answer on a phone, without an account; what they felt stands beside the promise."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps.base import PHONE, Steps
from tests.browser.steps.days import TODAY

#: time until the answer (1 to 5), recommendation (0 to 10)
ANSWERS = [(1, 2), (2, 4), (1, 0), (2, 5), (3, 6), (2, 3)]
LEAST = 5


class Survey(Steps):
    def survey(self) -> None:
        self.questionnaire()
        link = self.wave()
        self.first_customer(link)
        for answers in ANSWERS[1:]:
            self.next_customer(link, answers)
        self.results(link)

    def questionnaire(self) -> None:
        page = self.at("manager", "/")
        self.navigate(page, "Satisfaction")
        self.follow(page, "Questionnaires")
        self.follow(page, "Write a questionnaire")
        self.write(page, "title", self.t["questionnaire"])
        page.select_option("#standard_id", index=1)
        self.press(page, "Write")
        self.heading(page, self.t["questionnaire"])

        self.follow(page, "Add a question")
        time, recommend, words = self.t["questions"]
        self.write(page, "text", time)
        page.select_option("#requirement", "R1")
        page.check("#required")
        page.fill("#target", "4")
        expect(page.locator("#options")).to_be_hidden()
        self.press(page, "Add, and another")
        page.select_option("#kind", "nps")
        expect(page.locator("#points")).to_be_hidden()
        self.write(page, "text", recommend)
        self.press(page, "Add, and another")
        page.select_option("#kind", "text")
        self.write(page, "text", words)
        self.press(page, "Add")
        expect(page.locator("ol.sv-items > li")).to_have_count(3)
        expect(page.locator("#Q1")).to_contain_text("R1")

    def wave(self) -> str:
        """Planned and opened; gives the link that everybody may use."""
        page = self.at("manager")
        self.follow(page, "Plan a wave")
        self.write(page, "name", self.t["wave"])
        page.fill("#purpose", self.t["decision"])
        self.day(page, "first_day", TODAY)
        page.fill("#min_cell", str(LEAST))
        self.press(page, "Plan")
        self.state(page, "In preparation")
        self.wave_url = page.url
        self.confirm(page, "Open the wave")
        self.state(page, "Open for answers")
        link = page.locator("#open-link").input_value()
        assert link.startswith(f"{self.site.url}/s/"), link
        expect(page.locator(".sv-qr svg")).to_be_visible()
        with page.expect_download() as download:
            self.follow(page, "QR code as a file (SVG)")
        assert "<svg" in download.value.path().read_text(encoding="utf-8")
        self.picture("manager", "wave")
        return link

    @staticmethod
    def answer(page: Page, question: str, value: int) -> None:
        """Tapped, as on a phone."""
        chosen = page.locator(f"input[name={question}][value='{value}']")
        page.locator(f"label[for={chosen.get_attribute('id')}]").tap()
        expect(chosen).to_be_checked()

    def first_customer(self, link: str) -> None:
        """Begins, loses the page, goes on where it stopped; what is missing is asked for."""
        time, recommend = ANSWERS[0]
        kept = self.say("Kept. You can go on later on this device.")
        with self.customer() as page:
            page.goto(link)
            expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{self.language}"))
            self.heading(page, self.t["questionnaire"])
            expect(page.locator("main")).to_contain_text(
                self.say("Your answers are anonymous: nothing joins them to you or to your link.")
            )
            assert page.evaluate("innerWidth") == PHONE
            self.answer(page, "Q2", recommend)
            expect(page.locator("[data-state]")).to_have_text(kept)
            self.button(page, "Send answers").tap()
            expect(page.locator("[role=alert]")).to_contain_text("Q1")
            self.answer(page, "Q1", time)
            page.fill("#f-Q3", self.t["words"][0])
            expect(page.locator("[data-state]")).to_have_text(kept)
            self.windows["customer"].check("answers")
            page.goto(link)
            expect(page.locator("main")).to_contain_text(
                self.say("You answered a part of this before; go on where you stopped.")
            )
            expect(page.locator(f"input[name=Q1][value='{time}']")).to_be_checked()
            expect(page.locator(f"input[name=Q2][value='{recommend}']")).to_be_checked()
            expect(page.locator("#f-Q3")).to_have_value(self.t["words"][0])
            self.button(page, "Send answers").tap()
            self.heading(page, self.say("Thank you"))
            page.goto(link)  # counts once
            self.heading(page, self.say("Answered already"))

    def next_customer(self, link: str, answers: tuple[int, int]) -> None:
        with self.customer() as page:
            page.goto(link)
            for question, value in zip(("Q1", "Q2"), answers, strict=True):
                self.answer(page, question, value)
            if answers == ANSWERS[-1]:
                page.fill("#f-Q3", self.t["words"][1])
            self.button(page, "Send answers").tap()
            self.heading(page, self.say("Thank you"))

    def results(self, link: str) -> None:
        page = self.at("manager", self.wave_url)
        self.confirm(page, "Close the wave")
        self.state(page, "Closed")
        with self.customer() as late:
            late.goto(link)
            expect(late.locator("main")).to_contain_text(
                self.say("This survey is closed. Thank you for your interest.")
            )
        self.confirm(page, "Conclude the analysis")
        self.state(page, "Analysed")
        self.follow(page, "Results")
        rated = page.locator("table.sv-rated tbody tr")
        mean = sum(time for time, _recommend in ANSWERS) / len(ANSWERS)
        expect(rated.filter(has_text=self.t["questions"][0])).to_contain_text(f"{mean:.2f}")
        expect(rated.filter(has_text=self.t["questions"][1])).to_contain_text(
            re.compile("[-−]100")
        )  # nobody above 6
        self.picture("manager", "results")
        self.follow(page, "In their own words")
        for words in self.t["words"]:
            expect(page.locator("main")).to_contain_text(words)
        page.goto(self.standard_url)
        expect(page.locator("main")).to_contain_text(self.t["questions"][0])
