"""A strict client: every page it fetches is parsed and must be sound, so each page test tests that too."""

import contextvars
from typing import Any

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from echo_sessions.database import db

BASE = "https://echo.test"

FIELDS = ("input", "select", "textarea")
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}


class Page:
    """A page that was answered: its text and its parsed tree."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.body = answer.get_data(as_text=True)
        self.tree = html5lib.parse(self.body, namespaceHTMLElements=False)

    def text(self) -> str:
        """All words of the main part, single-spaced."""
        main = self.tree.find(".//main")
        return " ".join(" ".join((main if main is not None else self.tree).itertext()).split())

    def all(self, path: str) -> list[Any]:
        return list(self.tree.iterfind(f".//{path}"))

    def links(self) -> list[str]:
        return [link.get("href") for link in self.all("a") if link.get("href")]

    def fields(self, action: str | None = None) -> dict[str, str]:
        """The values of a form as a browser would send them untouched, of the form that posts to `action`."""
        form = self.form(action)
        values: dict[str, str] = {}
        for tag in FIELDS:
            for field in form.iterfind(f".//{tag}"):
                name = field.get("name")
                kind = field.get("type", "")
                if not name or kind in UNLABELLED - {"hidden"}:
                    continue
                if kind in {"checkbox", "radio"} and field.get("checked") is None:
                    continue
                if tag == "select":
                    options = list(field.iterfind(".//option"))
                    chosen = [o for o in options if o.get("selected") is not None] or options[:1]
                    values[name] = chosen[0].get("value", "") if chosen else ""
                elif tag == "textarea":
                    values[name] = (field.text or "").removeprefix("\n")
                else:
                    values[name] = field.get("value", "on" if kind in {"checkbox", "radio"} else "")
        return values

    def form(self, action: str | None = None) -> Any:
        forms = [f for f in self.all("form") if (f.get("method") or "get").lower() == "post"]
        if action is not None:
            forms = [f for f in forms if (f.get("action") or "").split("?")[0].endswith(action)]
        assert forms, f"the page has no form that posts{f' to {action}' if action else ''}"
        return forms[0]


class StrictClient(FlaskClient):
    """`get_page`, `post_page` and `submit` assert a status and a sound page; redirects are followed by hand."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask as a browser would: over https, in a context of its own, apart from the test's."""
        kwargs.setdefault("base_url", BASE)
        kwargs.setdefault("headers", {}).setdefault("Referer", BASE + "/")
        db.session.rollback()
        try:
            return contextvars.Context().run(super().open, *args, **kwargs)
        finally:
            db.session.rollback()

    def get_page(self, url: str, status: int = 200) -> Page:
        answer = self.get(url)
        assert answer.status_code == status, f"{url} answered {answer.status_code} {answer.headers.get('Location', '')}"
        page = Page(answer)
        check(page, url)
        return page

    def submit(
        self, url: str, status: int = 303, action: str | None = None, follow: bool = True, **values: Any
    ) -> Page:
        """Open the page, fill its form as a person would, send it; the page that follows (or the refusal)."""
        page = self.get_page(url)
        form = page.form(action)
        target = form.get("action") or url
        data: dict[str, Any] = page.fields(action)
        data.update(values)
        answer = self.post(
            target, data={k: v for k, v in data.items() if v is not None}, content_type="multipart/form-data"
        )
        assert answer.status_code == status, f"{target} answered {answer.status_code}: {Page(answer).text()[:600]}"
        if status in {302, 303} and follow:
            return self.get_page(answer.headers["Location"])
        result = Page(answer)
        if status not in {302, 303}:
            check(result, target)
        return result


def check(page: Page, url: str) -> None:
    """One title that begins with the one h1, no double ids, every field labelled, nothing inline, headers set."""
    titles, heads = page.all("head/title"), page.all("h1")
    assert len(titles) == 1 and len(heads) == 1, f"{url}: {len(titles)} titles, {len(heads)} h1"
    head = " ".join("".join(heads[0].itertext()).split())
    assert " ".join((titles[0].text or "").split()).startswith(head), f"{url}: title {titles[0].text!r} and h1 {head!r}"
    ids = [e.get("id") for e in page.tree.iter() if isinstance(e.tag, str) and e.get("id")]
    assert len(ids) == len(set(ids)), f"{url}: double ids {sorted({i for i in ids if ids.count(i) > 1})}"
    labelled = {label.get("for") for label in page.all("label")}
    for tag in FIELDS:
        for field in page.all(tag):
            if field.get("type") in UNLABELLED:
                continue
            named = field.get("id") in labelled or field.get("aria-label") or field.get("aria-labelledby")
            inside = any(field in list(label.iter()) for label in page.all("label"))
            assert named or inside, f"{url}: field {field.get('name')} has no label"
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.get("style") is None, f"{url}: inline style on {element.tag}"
        assert not any(name.startswith("on") for name in element.attrib), f"{url}: inline handler on {element.tag}"
        if element.tag == "script":
            assert element.get("src") or element.get("type") == "application/json", f"{url}: inline script"
        if element.tag == "style":
            raise AssertionError(f"{url}: inline style sheet")
        if element.tag == "a" and element.get("href"):
            assert not element.get("href").startswith("javascript:"), f"{url}: a script as link"
    for form in page.all("form"):
        if (form.get("method") or "get").lower() == "post":
            assert form.find(".//input[@name='csrf_token']") is not None, f"{url}: a form without its token"
    assert page.answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Undefined" not in page.body
