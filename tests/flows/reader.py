"""People of the town who read pages over HTTP.

Nobody here calls a verb or asks the database. A person opens a page, follows a link by its words, fills what the page
lets them fill, presses a button by its words, and reads the letters that the mail server delivered to their address.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element

from tests.client import BASE, Page, StrictClient, check
from tests.flows.town import Mailbox, Town, link_in, words_of
from tests.signing import app_code, key_on

UNSENT = {"submit", "button", "image", "reset"}


def somebody(town: Town, address: str = "") -> "Reader":
    """A browser of its own, in which nobody has signed in, and the mailbox of this address."""
    client: Any = town.app.test_client()
    return Reader(town, address, client)


@dataclass
class Reader(Mailbox):
    """Somebody with a browser and a mailbox; `page` is what is before their eyes."""

    client: StrictClient
    page: Page = field(init=False, repr=False)
    known: bool = field(default=False, init=False)

    # Looking

    def open(self, url: str, status: int = 200) -> Page:
        """Type an address. Who was signed in and was away for too long signs in again, and goes on."""
        self.page = _arrive(self.client, url, status, self.sign_in if self.known else None)
        self.known = self.known or any(link.get("href") == "/sign-out" for link in self.page.all("a"))
        return self.page

    def follow(self, words: str, status: int = 200, *, to: str = "") -> Page:
        """Click on the link that begins with these words; `to`, for several: how the address ends."""
        found = [
            link for link in self.page.all("a") if _words(link).startswith(words) and link.get("href", "").endswith(to)
        ]
        assert found, f"no link “{words}” on {self.where}, only {[_words(link) for link in self.page.all('a')]}"
        targets = {urljoin(self.where, link.get("href")) for link in found}
        assert len(targets) == 1, f"“{words}” leads to several places on {self.where}: {targets}"
        return self.open(targets.pop(), status)

    @property
    def where(self) -> str:
        """The path of the page before their eyes."""
        return str(self.page.answer.request.path)

    def sees(self, *words: str) -> None:
        """All of these words stand on the page."""
        text = _spaced(self.page.tree)
        for each in words:
            assert each in text, f"“{each}” is not on {self.where}, which says: {text[:3000]}"

    def sees_not(self, *words: str) -> None:
        """None of these stands anywhere in the page, not even in its source."""
        for each in words:
            assert each not in self.page.body, f"“{each}” is on {self.where}"

    def line(self, words: str) -> "Part":
        """The one row of a table, or line of a list, that holds these words: buttons and links are looked for in it."""
        rows = [row for tag in ("tr", "li", "section") for row in self.page.all(tag) if words in _spaced(row)]
        inner = [row for row in rows if not any(other is not row and other in list(row.iter()) for other in rows)]
        assert len(inner) == 1, f"{len(inner)} lines with “{words}” on {self.where}: {[_spaced(row) for row in inner]}"
        return Part(self, inner[0])

    def lines(self, words: str) -> list["Part"]:
        """All rows of tables with these words."""
        return [Part(self, row) for row in self.page.all("tr") if words in _spaced(row)]

    def value(self, field: str) -> str:
        """What stands in the field with this name or id."""
        found = [
            each
            for each in self.page.tree.iter()
            if isinstance(each.tag, str) and field in {each.get("name"), each.get("id")}
        ]
        assert len(found) == 1, f"{len(found)} fields “{field}” on {self.where}"
        [element] = found
        return element.get("value") or (element.text or "").removeprefix("\n")

    def offers(self, field: str) -> list[str]:
        """The values that radio buttons or boxes of this name offer and that can be chosen, in their order."""
        found = [each for each in self.page.all("input") if each.get("name") == field and each.get("disabled") is None]
        return [each.get("value", "on") for each in found]

    # Doing

    def press(self, button: str, status: int = 303, *, at: str = "", **answers: Any) -> Page:
        """Fill the fields of the form with this button, and press it; the page that follows is before their eyes.

        Only fields that the form has can be filled, and only with values that it offers. `at`, for several
        buttons of the same words: the words of the form that is meant.
        """
        forms = [form for form in self.page.all("form") if _button(form, button) is not None and at in _words(form)]
        assert len(forms) == 1, f"{len(forms)} forms with a button “{button}” on {self.where}: {_buttons(self.page)}"
        return self._send(forms[0], button, status, answers)

    def types(self, **answers: Any) -> dict[str, Any]:
        """Type into the form that saves itself, and pause: what the script posts, and what it is answered."""
        [form] = [form for form in self.page.all("form") if form.get("data-autosave")]
        answer = self.client.post(form.get("data-autosave"), data=filled(form, answers))
        assert answer.status_code == 200, f"{self.where} did not keep what was typed: {answer.get_data(as_text=True)}"
        return dict(answer.get_json())

    def leave(self, button: str) -> str:
        """Press a button that leads out of the house; the address it leads to."""
        [form] = [form for form in self.page.all("form") if _button(form, button) is not None]
        answer = self.client.post(form.get("action") or self.where, data=filled(form, {}))
        assert answer.status_code == 303, f"“{button}” answered {answer.status_code}"
        return str(answer.headers["Location"])

    def fetch(self, url: str, status: int = 200) -> bytes:
        """What is behind an address that is no page: a file, a calendar."""
        answer = self.client.get(_path(url))
        assert answer.status_code == status, f"{url} answered {answer.status_code}"
        return bytes(answer.get_data())

    def _send(self, form: Element, button: str, status: int, answers: dict[str, Any]) -> Page:
        pressed = _button(form, button)
        assert pressed is not None
        data = filled(form, answers)
        if pressed.get("name"):
            data.setdefault(pressed.get("name", ""), []).append(pressed.get("value", ""))
        target = urljoin(self.where, form.get("action") or self.where + _query(self.page))
        if (form.get("method") or "get").lower() == "get":
            return self.open(f"{target}?{urlencode(data, doseq=True)}", status if status != 303 else 200)
        answer = self.client.post(target, data=data, content_type="multipart/form-data")
        assert answer.status_code == status, f"{target} answered {answer.status_code}: {Page(answer).text()[:1500]}"
        if status in {302, 303}:
            return self.open(answer.headers["Location"])
        self.page = Page(answer)
        check(self.page, target)
        return self.page

    # Post

    def follow_letter(self, subject: str, status: int = 200, *, path: str = "") -> Page:
        """Open the link of the newest letter with this subject; `path` says which, if there are several."""
        return self.open(link_in(self.letter(subject), path), status)

    def sign_in(self, subject: str = "sign in") -> Page:
        """Ask for a link, fetch it from the mailbox, press the button; with the app's code where one is set up, and it
        is set up at once where a role needs it."""
        self.open("/sign-in")
        self.press("Send me a link", email=self.address)
        found = [letter for letter in self.fetched() if "/sign-in/" in words_of(letter)]
        self.open(link_in(found[-1], "/sign-in/"))
        page = self.press("Sign in")
        if key := self.town.keys.get(self.address):
            code = app_code(key, self.town.clock.moment)
            page = self.press("Sign in", at="your app shows", **{"app-code": code})
        elif "Your role needs a second factor" in _spaced(page.tree):
            onward = self.where
            self.town.keys[self.address] = key = key_on(self.open("/me/security/app"))
            self.press("Set it up", code=app_code(key, self.town.clock.moment))
            page = self.open(onward)
        return page


@dataclass
class Part:
    """One line of a page."""

    reader: Reader
    element: Element

    @property
    def text(self) -> str:
        return _spaced(self.element)

    def follow(self, words: str, status: int = 200) -> Page:
        [link] = [link for link in self.element.iterfind(".//a") if _words(link).startswith(words)]
        return self.reader.open(urljoin(self.reader.where, link.get("href", "")), status)

    def press(self, button: str, status: int = 303, **answers: Any) -> Page:
        """The first button with these words in this line."""
        form = next(form for form in self.element.iterfind(".//form") if _button(form, button) is not None)
        return self.reader._send(form, button, status, answers)


# Forms


def filled(form: Element, answers: dict[str, Any]) -> dict[str, list[Any]]:
    """What a browser would send: the form as it stands, with these answers in it."""
    data: dict[str, list[Any]] = {}
    offered: dict[str, set[str]] = {}
    for element in form.iter():
        name, kind = element.get("name"), element.get("type", "")
        if not isinstance(element.tag, str) or not name or element.get("disabled") is not None or kind in UNSENT:
            continue
        if element.tag == "select":
            options = list(element.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None]
            multiple = element.get("multiple") is not None
            data[name] = [_value(option) for option in chosen or ([] if multiple else options[:1])]
            offered.setdefault(name, set()).update(map(_value, options))
        elif element.tag == "textarea":
            data.setdefault(name, []).append((element.text or "").removeprefix("\n"))
        elif element.tag == "input" and kind in {"checkbox", "radio"}:
            offered.setdefault(name, set()).add(element.get("value", "on"))
            if element.get("checked") is not None:
                data.setdefault(name, []).append(element.get("value", "on"))
        elif element.tag == "input" and kind == "file":
            data.setdefault(name, [])
        elif element.tag == "input":
            data.setdefault(name, []).append(element.get("value", ""))
    for name, answer in answers.items():
        assert name in data or name in offered, f"the form has no field “{name}”, only {sorted({*data, *offered})}"
        values = _answered(answer, sorted(offered.get(name, ())))
        if name in offered:
            wrong = [value for value in values if value not in offered[name]]
            assert not wrong, f"“{name}” does not offer {wrong}, only {sorted(offered[name])}"
        data[name] = values
    return data


def _answered(answer: Any, offered: list[str]) -> list[Any]:
    if answer is True:
        return offered[:1]
    if answer is False:
        return []
    return list(answer) if isinstance(answer, list) else [answer]


def _value(option: Element) -> str:
    return option.get("value", _words(option))


def _button(form: Element, words: str) -> Element | None:
    """The button with these words, else the one that begins with them."""
    buttons = [each for each in form.iter("button") if each.get("disabled") is None and each.get("aria-hidden") is None]
    buttons += [each for each in form.iter("input") if each.get("type") == "submit"]
    exact = [each for each in buttons if (_words(each) or each.get("value", "")) == words]
    begins = [each for each in buttons if (_words(each) or each.get("value", "")).startswith(words)]
    return next(iter([*exact, *begins]), None)


def _buttons(page: Page) -> list[str]:
    return [_words(each) for each in page.all("button")]


def _words(element: Element) -> str:
    return _plain("".join(element.itertext()) or element.get("aria-label", ""))


def _spaced(element: Element) -> str:
    """The words of several cells or paragraphs, which are apart on the page."""
    return _plain(" ".join(element.itertext()))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _query(page: Page) -> str:
    query = page.answer.request.query_string.decode()
    return f"?{query}" if query else ""


def _arrive(client: StrictClient, url: str, status: int, sign_in: Callable[[], Page] | None = None) -> Page:
    """Go there as a browser does, wherever our own pages send one on; `sign_in` is done where the house asks for it."""
    asked = url
    for _hop in range(5):
        path = _path(url)
        answer = client.get(path)
        if answer.status_code not in {301, 302, 303, 308}:
            break
        url = urljoin(urljoin(BASE, path), answer.headers["Location"])
        if sign_in is not None and "/sign-in" in url and "/sign-in" not in asked:
            sign_in()
            url, sign_in = asked, None
    assert answer.status_code == status, (
        f"{url} answered {answer.status_code}, not {status}: {Page(answer).text()[:1500]}"
    )
    page = Page(answer)
    if answer.mimetype == "text/html":
        check(page, url)
    return page


def _path(url: str) -> str:
    """Path and query of an address of ours."""
    parts = urlsplit(urljoin(BASE, url))
    assert f"{parts.scheme}://{parts.netloc}" == BASE, f"{url} leads out of the house"
    return parts.path + (f"?{parts.query}" if parts.query else "")
