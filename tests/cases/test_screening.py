"""What the identifier screen finds, what it leaves alone, and what it promises about offsets."""

import io
import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_sessions.cases.screening import RULES, SAFE_HARBOR, Known, Span, find
from echo_sessions.cases.screening.stream import screen_lines
from echo_sessions.errors import BadInput


def tier_one(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find(text, tiers=(1,))]


# One passage between ⟦ and ⟧ in each text; the kind it must be found as.
FOUND = [
    # names
    ("name", "⟦Mr. Smith⟧ came with chest pain."),
    ("name", "I saw ⟦Mrs Jones⟧ last week."),
    ("name", "Care was shared with ⟦Dr. Patel⟧ and the team."),
    ("name", "pt ⟦Maria Lopez⟧ reports nausea."),
    ("name", "The patient, ⟦Kwame Mensah⟧, is worried."),
    ("name", "A woman named ⟦Zawadi⟧ with HIV."),
    ("name", "Patient name: ⟦Olufunke Bankole⟧"),
    ("name", "Her daughter ⟦Ana⟧ helps with insulin."),
    ("name", "His wife, ⟦Thandiwe⟧, died."),
    ("name", "⟦J.S.⟧ is a 54 year old man."),
    ("name", "Initials: ⟦MKL⟧"),
    ("name", "⟦Lopez, Maria⟧ was seen in clinic."),
    ("name", "We asked ⟦Rajesh Iyer⟧ about his sleep."),
    ("name", "Signed by ⟦Ngozi Eze⟧, MD"),
    ("name", "Yesterday ⟦Fatima⟧ told us about the rash."),
    ("name", "the patient's husband ⟦Juan Carlos⟧ drives."),
    ("name", "her son named ⟦jayden⟧ was there"),
    ("name", "seen by ⟦mr okonkwo⟧ in the ward"),
    ("name", "She thinks ⟦Björn Åkesson⟧ was kind."),
    ("name", "⟦MARIA LOPEZ⟧ WAS ADMITTED WITH PNEUMONIA"),
    ("name", "⟦John⟧ has Down syndrome."),
    ("name", "Then ⟦Carol's⟧ ulcer improved."),
    ("name", "Kind regards, ⟦Anjali Deshpande⟧"),
    ("name", "We talked with ⟦Wrenna⟧'s sister."),
    # places
    ("geo", "He works nights at a plant in ⟦Worthington⟧."),
    ("geo", "They moved from Kenya to ⟦Silver City⟧."),
    ("geo", "An accident near ⟦Cuba⟧, NM."),
    ("geo", "Transferred from ⟦Our Lady of Lourdes⟧ at night."),
    ("geo", "She lives in ⟦Taos⟧ with her family."),
    ("geo", "He moved here from ⟦Eldoret⟧ two years ago."),
    ("geo", "A farmer from ⟦Chimayo⟧ with back pain."),
    ("geo", "She was transferred from ⟦Mercy Hospital⟧ after surgery."),
    ("geo", "She was transferred from ⟦Gila Regional Medical Center⟧."),
    ("geo", "He works at ⟦Bluewater Elementary School⟧."),
    ("geo", "The only doctor in ⟦Catron County⟧."),
    ("geo", "Seen at ⟦St. Mary's Hospital⟧ for dialysis."),
    ("geo", "Her address is ⟦1420 Agua Fria Street⟧."),
    ("geo", "They live at ⟦12 Elm Rd⟧ near the church."),
    ("geo", "Mail goes to ⟦PO Box 1142⟧."),
    ("geo", "NM ⟦87131⟧"),
    ("geo", "zip code ⟦87131-0001⟧"),
    ("geo", "Postcode ⟦SW1A 1AA⟧"),
    ("geo", "Her home at ⟦K1A 0B1⟧ is cold."),
    ("geo", "Found at ⟦35.0844, -106.6504⟧ by the road."),
    ("geo", "He travelled to ⟦Nairobi⟧ in the rainy season."),
    # dates
    ("date", "Seen on ⟦03/14/2024⟧ in clinic."),
    ("date", "DOB ⟦3/14/61⟧"),
    ("date", "Seen ⟦2024-03-14⟧."),
    ("date", "Seen ⟦14.03.2024⟧."),
    ("date", "Admitted ⟦14 March 2024⟧."),
    ("date", "Admitted ⟦14th of March, 2024⟧."),
    ("date", "Admitted ⟦March 14, 2024⟧."),
    ("date", "Admitted on ⟦March 14⟧."),
    ("date", "Admitted on ⟦Mar 14th⟧."),
    ("date", "Since ⟦March 2024⟧ she has lost weight."),
    ("date", "Since ⟦03/2024⟧ she has lost weight."),
    ("date", "Stopped in ⟦Mar '24⟧ for a rash."),
    ("date", "She fell in ⟦December⟧ and broke a hip."),
    ("date", "It began in ⟦spring 2023⟧."),
    ("date", "On ⟦Christmas Day⟧ he collapsed."),
    ("date", "Labs were drawn on ⟦3/14⟧."),
    ("date", "Worse since ⟦the fourteenth of March⟧."),
    ("date", "Vista el ⟦14 de marzo de 2024⟧."),
    ("date", "Collected ⟦20240314⟧."),
    ("date", "Seen ⟦14-Mar-2024⟧ by us."),
    # ages
    ("age_over_89", "A ⟦92-year-old⟧ woman."),
    ("age_over_89", "A ⟦92 yo⟧ man."),
    ("age_over_89", "A woman aged ⟦104⟧ with a cough."),
    ("age_over_89", "Age: ⟦90⟧"),
    ("age_over_89", "A ⟦ninety-four year old⟧ man."),
    ("age_over_89", "Her mother died at ⟦97⟧."),
    ("age_over_89", "He was born in ⟦1928⟧."),
    ("age_over_89", "She is in her ⟦mid-90s⟧."),
    # contacts
    ("phone", "Call ⟦(505) 555-0142⟧."),
    ("phone", "Call ⟦505-555-0142⟧ after six."),
    ("phone", "Call ⟦505.555.0142 ext 12⟧."),
    ("phone", "Her number is ⟦+44 20 7946 0018⟧."),
    ("phone", "His mobile is ⟦0722 123 456⟧."),
    ("phone", "Phone: ⟦555-0142⟧"),
    ("phone", "Ring ⟦+254 722 123456⟧."),
    ("fax", "Fax: ⟦505-555-0143⟧"),
    ("fax", "Please fax to ⟦(505) 555-0143⟧."),
    ("email", "Write to ⟦jo.smith@example.org⟧."),
    ("email", "Write to ⟦jo (at) example (dot) org⟧."),
    ("url", "See ⟦https://example.org/patients/12⟧."),
    ("url", "See ⟦www.example.org/jo⟧."),
    ("url", "Her page is ⟦example.com/jo⟧."),
    ("ip", "Logged in from ⟦10.1.2.3⟧."),
    ("ip", "Logged in from ⟦2001:0db8:85a3:0000:0000:8a2e:0370:7334⟧."),
    # numbers
    ("ssn", "SSN ⟦123-45-6789⟧"),
    ("ssn", "social security number ending in ⟦6789⟧"),
    ("mrn", "MRN ⟦0048812⟧"),
    ("mrn", "chart # ⟦88123⟧"),
    ("mrn", "Medical record number: ⟦A-48812⟧"),
    ("health_plan", "Member ID: ⟦XYZ123456789⟧"),
    ("health_plan", "Medicaid number ⟦88-441-22⟧"),
    ("account", "Account no. ⟦887766⟧"),
    ("account", "Card ⟦4111 1111 1111 1111⟧"),
    ("license", "Driver's license ⟦D1234567⟧"),
    ("license", "DEA number ⟦AB1234563⟧"),
    ("vehicle", "License plate ⟦ABC-1234⟧"),
    ("vehicle", "Her truck, plate ⟦KTR 482⟧, was hit."),
    ("vehicle", "VIN ⟦1HGCM82633A004352⟧"),
    ("device", "Pacemaker serial number ⟦PM-99812⟧"),
    ("device", "S/N ⟦AX88231⟧"),
    ("other_id", "Passport number ⟦X1234567⟧"),
    ("other_id", "Study ID ⟦ECHO-0042⟧"),
    ("other_id", "The form says ⟦004881277⟧."),
    ("biometric", "A ⟦fingerprint scan⟧ is on file."),
    ("photo", "⟦Full-face photograph⟧ attached."),
    ("photo", "The wound is in ⟦IMG_2231.jpg⟧."),
]


@pytest.mark.parametrize(("kind", "marked"), FOUND, ids=[marked for _, marked in FOUND])
def test_an_identifier_is_found_for_what_it_is(kind: str, marked: str) -> None:
    passage = marked[marked.index("⟦") + 1 : marked.index("⟧")]
    text = marked.replace("⟦", "").replace("⟧", "")
    start = marked.index("⟦")

    hits = [span for span in find(text, tiers=(1,)) if span.start < start + len(passage) and start < span.end]

    assert [span.kind for span in hits] == [kind]
    assert passage in text[hits[0].start : hits[0].end] or text[hits[0].start : hits[0].end] in passage


LEFT_ALONE = [
    "BP 120/80, HR 92, RR 18, SpO2 94%, temp 98.6 F, weight 92 kg.",
    "Pain 7/10, strength 4/5 in both legs, reflexes 2/4, vision 6/12 and 20/40.",
    "Symptoms for 3/52, review in 6/12, seen 2/7 ago.",
    "PHQ-9 14, GAD-7 10, MMSE 27/30, GCS 14/15, Apgars 8 and 9.",
    "The rash began 3 months ago and cleared after 10 days.",
    "Diagnosed in 2019; treated from 2019 to 2021.",
    "An 89-year-old woman and her 45 yo son.",
    "Metformin 1000 mg twice daily, insulin glargine 22 units at night, sofosbuvir/velpatasvir 400/100 mg.",
    "Viral load 1250000 IU/mL, platelets 150000, WBC 12.1, ALT 88 U/L, ferritin 1240.",
    "Parkinson's disease, Crohn's disease, Graves disease, Hodgkin lymphoma and Wilson disease were considered.",
    "Positive Murphy sign, negative Babinski sign, Foley catheter in place, Glasgow Coma Scale 15.",
    "She comes from Mexico and lives in New Mexico; her parents are from India.",
    "He is Spanish speaking, Catholic and a veteran.",
    "Past Medical History: Type 2 Diabetes, Hypertension, Chronic Kidney Disease.",
    "Epclusa was started and Humira was stopped.",
    "The local Pain Clinic and the district hospital have no beds.",
    "The patient may need dialysis; we will march on with treatment in 5 weeks.",
    "BRCA1, HLA-B27, rs1801133 and CYP2D6 were tested; trial NCT01234567.",
    "Version 4.2.1.0 of the software, section 1.2.3.",
    "Take 1-0-1 for 5-7 days, then 2 tablets every 4-6 hours.",
    "Ages 65-95 were included in the study.",
    "Any patient aged 90 or older, or 90+, is one class.",
    "She takes St. John's wort and wears a Holter monitor.",
    "A full-thickness burn; clinical photographs are not needed.",
    "ICD-10 code E11.9, CPT 99213.",
    "The New York Heart Association class is II and the Boston criteria are met.",
    "The dose was increased to 100 units. Question 2: what next?",
    "Her daughter helps; his Mother was told. Her Husband agrees.",
    "MR imaging of the brain was normal, MS was excluded.",
    "The Edinburgh postnatal depression scale was 14, the Beck Depression Inventory 31, the Boston Naming Test 50/60.",
    "Sputum GeneXpert MTB/RIF negative; ADOS-2 score 18; CURB-65 score 2; stage T2N0M0; Gleason 4+3.",
    "An increase in Humalog was tried; he is interested in Vivitrol.",
    "He lives in Assisted Living and uses Meals on Wheels.",
    "HBA1C 9.2, BMI 31.4, eGFR 58, LDL 130, INR 1.1.",
]


@pytest.mark.parametrize("text", LEFT_ALONE, ids=lambda text: text[:60])
def test_clinical_writing_is_left_alone(text: str) -> None:
    assert tier_one(text) == []


def test_kinds_are_those_of_safe_harbor_and_every_rule_explains_itself() -> None:
    for rule in RULES.values():
        assert rule.kind in SAFE_HARBOR
        assert rule.reason.endswith((".", "?"))
    assert {kind for kind, _ in FOUND} == set(SAFE_HARBOR)


INSTEAD = [
    pytest.param(
        "Mr. Smith's cough is worse.", "the patient's cough is worse.", id="a possessive stays with the patient"
    ),
    pytest.param("Referred by Dr. Patel today.", "Referred by the clinician today.", id="a doctor is the clinician"),
    pytest.param("Admitted on 14 March 2024.", "Admitted on a day in 2024.", id="a full date keeps its year"),
    pytest.param("It began in March 2024.", "It began in 2024.", id="a month becomes the year"),
    pytest.param("It began last March.", "It began last year.", id="last March becomes last year"),
    pytest.param("A 92-year-old man.", "A 90 or older man.", id="an age over 89 joins its class"),
    pytest.param("MRN 0048812", "MRN [case code]", id="a record number becomes the case code"),
    pytest.param("She went to Mercy Hospital.", "She went to a hospital.", id="a hospital loses its name"),
    pytest.param("At the Mercy Hospital.", "At the hospital.", id="no second article"),
    pytest.param("She lives in Taos.", "She lives in a town.", id="a town loses its name"),
]


def corrected(text: str) -> str:
    """The text with every tier 1 suggestion used."""
    for span in reversed(find(text, tiers=(1,))):
        text = text[: span.start] + span.suggestion + text[span.end :]
    return text


@pytest.mark.parametrize(("text", "better"), INSTEAD)
def test_the_suggestion_keeps_the_sentence(text: str, better: str) -> None:
    assert corrected(text) == better


@pytest.mark.parametrize("marked", [marked for _, marked in FOUND])
def test_a_used_suggestion_is_not_marked_again(marked: str) -> None:
    text = corrected(marked.replace("⟦", "").replace("⟧", ""))
    assert tier_one(text) == []


def test_a_name_once_found_is_found_everywhere() -> None:
    text = "Mrs. Okwuosa lives alone. The nurse visits Okwuosa twice a week."
    assert [passage for _, passage in tier_one(text)] == ["Mrs. Okwuosa", "Okwuosa"]


def test_a_second_tier_asks_quietly_about_unknown_words() -> None:
    text = "We tried the Zorbitan scheme at home."
    assert tier_one(text) == []
    assert [(span.tier, text[span.start : span.end]) for span in find(text)] == [(2, "Zorbitan")]


def test_words_the_app_knows_are_found_in_any_case_and_without_accents() -> None:
    known = Known(names=("José Peña",), places=("Sunrise Family Practice",), phones=("+1 505 555 0142",))
    text = "jose pena of sunrise family practice, 5550142, and Pena again; the word open stays."
    found = {text[span.start : span.end]: span.rule for span in find(text, tiers=(1,), known=known)}
    assert found == {
        "jose pena": "known-name",
        "sunrise family practice": "known-place",
        "5550142": "known-phone",
        "Pena": "known-name",
    }


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        pytest.param("MRN ００４８８１２ here", "００４８８１２", id="wide digits"),
        pytest.param("born 14\u00a0March\u00a02024 here", "14\u00a0March\u00a02024", id="spaces that do not break"),
        pytest.param("SSN 123\u201145\u20116789 here", "123\u201145\u20116789", id="hyphens that do not break"),
        pytest.param("MRN ٠٠٤٨٨١٢ here", "٠٠٤٨٨١٢", id="Arabic digits"),
        pytest.param("call 505\u200b-555-\u200b0142 now", "505\u200b-555-\u200b0142", id="characters of no width"),
    ],
)
def test_a_disguise_does_not_hide_an_identifier(text: str, passage: str) -> None:
    assert [found for _, found in tier_one(text)] == [passage]


# Properties


PIECES = st.sampled_from(
    [
        "Mr. Smith", "Maria Lopez", "92-year-old", "on 14 March 2024", "03/14/1961", "MRN 0048812", "(505) 555-0142",
        "jo@example.org", "lives in Taos, NM 87131", "BP 120/80", "pain 7/10", "the", "and", "with", ".", ",", "\n",
        "Her daughter Ana", "J.S. is a", "Mercy Hospital", "ſ", "İstanbul", "e\u0301", "10²", "½", "ﬁn", "①", "👩‍⚕️", "العربية",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=12).map(" ".join), st.text(max_size=80))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_spans_lie_in_the_text_in_order_and_apart(text: str) -> None:
    reached = 0
    for span in find(text):
        assert reached <= span.start < span.end <= len(text)
        reached = span.end
        assert span.tier in (1, 2)
        assert RULES[span.rule].kind == span.kind


@given(st.lists(PIECES, max_size=10).map(" ".join), st.data())
@settings(max_examples=200, deadline=None)
def test_characters_of_no_width_move_no_span(text: str, data: st.DataObject) -> None:
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn"))
    at = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    sprinkled, back = [], []
    for index, character in enumerate(text):
        if index in at:
            sprinkled.append("\u200b")
            back.append(None)
        sprinkled.append(character)
        back.append(index)

    found = find("".join(sprinkled))

    assert [(back[span.start], back[span.end - 1], span.rule) for span in found] == [
        (span.start, span.end - 1, span.rule) for span in find(text)
    ]


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_tier_one_alone_is_tier_one_of_both(text: str) -> None:
    both = [span for span in find(text) if span.tier == 1]
    assert find(text, tiers=(1,)) == both


@pytest.mark.parametrize(
    "unit",
    [
        "1", "a", "A", " ", "-", ".", "(", "1-", "1 ", "1/", "1.", "A.", "a@", "a.", "Mr ", "Aa ", "Aa-", "Mr. A", "from A",
        "a:", "0:", "1:1", "Jan ", "1 Jan ", "at ", "dot ", "St. ", "MRN ", "id ", "ninety ", "one ", "January ", "\n", "//", "+1", "https://",
    ],
)  # fmt: skip
def test_no_monotone_text_makes_the_screen_crawl(unit: str) -> None:
    """A pattern that backtracks would take hours over these and meet the time limit of the suite."""
    text = unit * (100_000 // len(unit))
    reached = 0
    for span in find(text):
        assert reached <= span.start < span.end
        reached = span.end


# The command's stream


def test_lines_are_answered_in_order() -> None:
    lines = [json.dumps({"id": 7, "text": "MRN 0048812"}), "", json.dumps({"id": "b", "text": "All well."})]
    out = io.StringIO()

    assert screen_lines(lines, out, (1,)) == 2

    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["id"] == 7
    assert [(s["start"], s["end"], s["kind"], s["tier"]) for s in first["spans"]] == [(4, 11, "mrn", 1)]
    assert first["spans"][0].keys() >= {"reason", "suggestion"}
    assert second == {"id": "b", "spans": []}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("{not json", "Line 2 is not a JSON object", id="no JSON"),
        pytest.param("[1]", "Line 2 is not a JSON object", id="no object"),
        pytest.param('{"id": 1}', 'Line 2: field "text"', id="no text"),
        pytest.param('{"id": 1, "text": 5}', 'Line 2: field "text"', id="text is a number"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        screen_lines(['{"id": 0, "text": "x"}', line], io.StringIO())


def test_a_span_says_where_what_and_why() -> None:
    [span] = find("MRN 0048812", tiers=(1,))
    assert span == Span(4, 11, "mrn", 1, "mrn", "A record number leads to one patient.", "[case code]")
