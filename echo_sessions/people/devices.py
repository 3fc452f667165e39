"""What a browser calls itself, in three words that its owner recognises. Pure; versions are left out on purpose."""

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device_words(user_agent: str | None) -> str:
    """`Firefox · Windows`; empty where nothing is recognised. Never the text itself, which a stranger may have made up."""
    told = user_agent or ""
    found = [next((word for mark, word in marks if mark in told), "") for marks in (BROWSERS, SYSTEMS)]
    return " · ".join(word for word in found if word)
