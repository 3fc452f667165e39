"""People of the town who sit before a real browser. Every page they come to must be sound: no error in the console, no
refused script or style, no sideways scrolling, no violation that axe finds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser import Window, sound
from tests.flows.town import Mailbox, link_in
from tests.signing import app_code

STEP = timedelta(seconds=30)
ANSWERED_NO = re.compile(r"the server responded with a status of (422|409)")


@dataclass
class Sitter(Mailbox):
    """Somebody with a window and a mailbox."""

    window: Window

    @property
    def page(self) -> Page:
        return self.window.page

    # Going

    def open(self, url: str) -> None:
        """Go to an address of ours, whatever host a letter wrote it for."""
        parts = urlsplit(url)
        self.window.open(parts.path + (f"?{parts.query}" if parts.query else ""))
        self.look()

    def follow(self, words: str, *, within: Locator | None = None) -> None:
        """Click on the first link that begins with these words."""
        (within or self.page).get_by_role("link", name=re.compile(rf"^{re.escape(words)}")).first.click()
        self.look()

    def menu(self, words: str) -> None:
        """Choose from the menu, which is folded on a phone."""
        summary = self.page.locator("details.fold > summary")
        if summary.is_visible():
            summary.click()
        self.follow(words, within=self.page.get_by_role("navigation", name="Main"))

    def press(self, words: str, *, refused: bool = False, within: Locator | None = None) -> None:
        """Press the first button that begins with these words; `refused`: the same page comes back with what is wrong."""
        (within or self.page).get_by_role("button", name=re.compile(rf"^{re.escape(words)}")).first.click()
        self.look(refused=refused)

    def follow_letter(self, subject: str, *, path: str = "") -> None:
        """Open the link of the newest letter with this subject."""
        self.open(link_in(self.letter(subject), path))

    def sign_in(self) -> None:
        """Ask for a link, fetch it from the mailbox, press the button."""
        self.open("/sign-in")
        self.page.locator("#link-email").fill(self.address)
        self.press("Send me a link")
        self.follow_letter("sign in", path="/sign-in/")
        self.press("Sign in")
        if key := self.town.keys.get(self.address):
            self.town.until(self.town.clock.moment + STEP)  # an app's code works once
            self.page.locator("#app-code").fill(app_code(key, self.town.clock.moment))
            self.press("Sign in", within=self.page.locator("section").filter(has=self.page.locator("#app-code")))
        if self.page.url.partition("?")[0].endswith("/agreements"):
            for box in self.page.locator("input[name=agree]").all():
                box.check()
            self.press("I agree")

    # Looking

    def look(self, *, refused: bool = False) -> None:
        """The page that is there now is sound."""
        self.page.wait_for_load_state("load")
        if refused:
            told = [fault for fault in self.window.faults if ANSWERED_NO.search(fault)]
            assert told, f"{self.page.url} refused nothing"
            self.window.faults[:] = [fault for fault in self.window.faults if fault not in told]
        found = sound(self.window)
        assert not found, f"{self.page.url}: {found}"

    def sees(self, *words: str) -> None:
        """All of these stand on the page, or come to stand there."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each)

    def line(self, words: str) -> Locator:
        """The innermost row or line with these words."""
        return self.page.locator("tr, li").filter(has_text=words).last

    # Writing

    def fill(self, answers: dict[str, str]) -> None:
        """Write into fields by their labels, or choose in selects."""
        for label, text in answers.items():
            field = self.page.get_by_label(label).first
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(text)
            else:
                field.fill(text)

    def tick(self, labels: Sequence[str]) -> None:
        """Tick boxes and radio buttons by their words."""
        for label in labels:
            self.page.get_by_label(label).first.check()
