"""A case: from its question to the recommendations in its author's hands."""

from datetime import UTC, datetime, timedelta

from tests.flows.reader import Reader, somebody
from tests.flows.season import ROOM, STARTS
from tests.flows.town import Town, link_in, words_of
from tests.outside.reading import text_of

QUESTION = "Can she be treated here although her spleen is large?"
STORY = "Hepatitis C found at a routine check. Tired, no ascites. Her platelets have fallen to 61."
TRIED = "Interferon long ago, stopped for low mood."
ADVICE = "Elastography once at the hub; treatment need not wait for it."


def a_case_is_written(town: Town, ben: Reader, ana: Reader) -> str:
    """The question first; what is typed is kept, seen by nobody else, and checked before it is sent."""
    town.until(datetime(2026, 8, 17, 15, 0, tzinfo=UTC))
    ben.open("/")
    ben.follow("Bring a case")
    ben.press("Go on", question=QUESTION)
    case = ben.where.removesuffix("/edit")
    assert ben.value("main_question") == QUESTION
    assert "saved_at" in ben.types(story=STORY, age="58")
    desk = somebody(town, ben.address)
    desk.sign_in()
    desk.open("/me")
    assert "With you" in desk.line(code_in(case)).text
    desk.line(code_in(case)).follow(code_in(case))
    desk.follow("Go on writing")
    assert (desk.value("story"), desk.value("age")) == (STORY, "58"), "what one browser typed stands in the other"
    for path in (case, f"{case}/edit"):
        ana.open(path, 404)
    ana.open("/cases")
    ana.sees_not(code_in(case), "spleen")

    desk.press("Submit the case", 422, tried=TRIED)
    desk.sees("What would you like help with", STORY)
    dated = f"{STORY} Last seen on 12 March 2026."
    desk.press("Submit the case", story=dated, reason=["treatment"], sex="female", consent="yes", attestation=True)
    desk.sees("One mark to settle", "12 March 2026", "Use “")
    desk.press("Settle these and submit", 422)
    desk.sees("Choose what to do with this")
    desk.press("Settle these and submit", **{"way-0": "use"})
    desk.sees("Nothing left that could identify the patient", "With the hub")
    desk.sees_not("12 March 2026")
    assert code_in(case) in str(ben.letter("has arrived")["Subject"])
    return case


def a_case_is_reviewed(town: Town, ben: Reader, ana: Reader, case: str) -> None:
    """Returned with the answer and the reason, changed, sent again, accepted with all eighteen looked for, placed."""
    code = code_in(case)
    ana.open("/")
    ana.line(f"Review case {code}").follow("Review")
    ana.sees(QUESTION, "The check found nothing that was kept")
    note = "Which regimen was it, and for how long?"
    ana.press("Return it to the author", **{"return-field": "tried", "return-note": note})
    ana.open("/")
    ana.sees_not(f"Review case {code}")

    town.until(datetime(2026, 8, 18, 15, 0, tzinfo=UTC))
    ben.follow_letter("Please look at your case", path="/cases/")
    ben.sees("What has been tried", note, "With you")
    ben.follow("Make the changes")
    ben.sees(note)
    ben.press("Submit the case", tried=f"{TRIED} Pegylated, 24 weeks.", attestation=True)
    ben.sees("With the hub")
    ana.open("/")
    ana.line(f"Review case {code}").follow("Review")
    ana.sees("Pegylated, 24 weeks")
    kinds = ana.offers("accept-checked")
    assert len(kinds) == 18
    ana.press("Accept the case", 422, **{"accept-checked": kinds[:17], "accept-neighbour": "no"})
    ana.sees("Not ticked yet: 1 of 18")
    ana.press("Accept the case", **{"accept-checked": kinds, "accept-neighbour": "no"})
    ana.sees("is accepted", "A date for case")
    assert ben.letter("is accepted") is not None
    ben.open("/me")
    assert "finds a session" in ben.line(code).text
    ana.line("Cirrhosis in primary care").press("Slot of")
    ana.sees("has its place")
    assert "Wed 2 Sep, 12:30" in words_of(ben.letter("has a date"))
    ben.open("/me")
    assert "You present it" in ben.line(code).text


def experts_are_asked(ana: Reader, first: str, case: str) -> Reader:
    """One of the program for the session and for the case; she names a colleague for the latter, who is asked in one click."""
    town = ana.town
    lin, raj = somebody(town, "lin@uni.test"), somebody(town, "raj@uni.test")
    ana.open(first)
    ana.follow("Hepatitis C")
    ana.follow("Give somebody a role")
    ana.press("Give", email=lin.address, name="Mei Lin", role="expert", specialty="Hepatology")
    ana.open(first)
    ana.follow("Ask somebody", to="/ask")
    ana.press("Ask them", person=ana.offers("person")[0])
    ana.sees("Mei Lin has been asked")
    ana.open(case)
    ana.follow("Ask an expert for it")
    ana.press("Ask them", person=ana.offers("person")[0])
    session_letter, case_letter = (letter for letter in lin.fetched() if "Will you help?" in str(letter["Subject"]))
    assert code_in(case) in words_of(case_letter)
    lin.open(link_in(session_letter, "/answer/"))
    lin.press("Send my answer", answer="accepted")
    lin.sees("your answer is kept", "You said yes")
    lin.open(link_in(case_letter, "/answer/"))
    lin.press("Send my answer", answer="declined", note="I am away that week.", name="Raj Patel", email=raj.address)
    lin.sees("You said no", "Raj Patel")
    ana.follow_letter("Mei Lin cannot")
    ana.line("Suggests Raj Patel").press("Ask Raj Patel")
    ana.sees("Raj Patel has been asked")
    raj.follow_letter("Will you help?", path="/answer/")
    raj.sees(code_in(case))
    raj.press("Send my answer", answer="accepted")
    raj.sees("You said yes")
    return lin


def agrees(reader: Reader) -> None:
    """The first page after signing in is what the hub's members agree to."""
    reader.open("/me")
    reader.sees("Please read this first", "Statement of collaboration", "Code of conduct")
    reader.press("I agree, go on", agree=reader.offers("agree"))


def is_verified(ana: Reader, grace: Reader) -> None:
    """A nurse names her register; the coordinator looks her up there, and says so."""
    grace.open("/me/verification")
    grace.press("Send it", way="register", body="Nursing Council of Kenya", number="KE-40721")
    ana.open("/verification")
    ana.follow("Grace")
    ana.sees("Nursing Council of Kenya", "KE-40721")
    ana.press("Decide and tell", verdict="verified", note="On page 3 of the public register.")
    grace.fetched()
    grace.open("/me/verification")
    grace.sees("You are verified until")


def the_session_is_held(town: Town, ana: Reader, ben: Reader, grace: Reader, lin: Reader, case: str) -> None:
    """The case opens to the panel three days before, to everybody at the start; the door twenty minutes before."""
    town.until(STARTS - timedelta(days=3, minutes=1))
    lin.sign_in()
    agrees(lin)
    lin.open(case, 404)
    town.until(STARTS - timedelta(days=3) + timedelta(minutes=1))
    lin.open(case)
    lin.sees(QUESTION, STORY)
    grace.sign_in()
    agrees(grace)
    is_verified(ana, grace)
    grace.open(case, 404)

    town.until(STARTS - timedelta(minutes=15))
    grace.follow_letter("Updated", path="/join/")
    assert grace.leave("Join as Grace Okoro") == ROOM
    grace.open(case, 404)
    town.until(STARTS + timedelta(minutes=31))
    grace.open(case)
    grace.sees(QUESTION)
    ana.open(case)
    ana.follow("Write or change recommendations")
    ana.press("Add it", text=ADVICE, category="diagnostic", said_by="hub", profession="Hepatologist")
    ana.press("Add it", text="Ask about her mood at each visit.", category="behavioural", said_by="spoke")
    ana.sees(ADVICE, "Ask about her mood")
    town.until(STARTS + timedelta(minutes=95))
    ana.open(case)
    ana.press("Yes, it was presented")
    ben.open("/me")
    assert "sends you the written recommendations" in ben.line(code_in(case)).text


def recommendations_reach_the_author(
    town: Town, ana: Reader, ben: Reader, grace: Reader, lin: Reader, case: str
) -> None:
    """Approved by the expert on her phone, sent as a document behind signing in, and read by nobody else."""
    document = f"{case}/recommendations.pdf"
    grace.fetch(document, 404)
    lin.open("/")
    for words in ("Programs", "Hepatitis C", "Autumn 2026", "Thu 3 Sep", code_in(case)):
        lin.follow(words)
    lin.follow("Read and approve")
    lin.sees(QUESTION, ADVICE)
    lin.press("Approve and send them")
    lin.sees("Approved")
    letter = ben.letter("The recommendations for your case")
    door = somebody(town, ben.address)
    door.open(link_in(letter, "/cases/"))
    assert door.where.startswith("/sign-in"), "the link alone shows nothing"
    door.sign_in()
    door.open(link_in(letter, "/cases/"))
    door.sees("Recommendations", ADVICE)
    said = text_of(door.fetch(document))
    assert ADVICE in said and code_in(case) in said
    ben.open("/me")
    assert "Read the recommendations" in ben.line(code_in(case)).text


def code_in(path: str) -> str:
    """The code of the thing whose page this is."""
    return path.split("/")[2]
