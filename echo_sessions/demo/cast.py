"""Who is in the demo: invented people in several zones and scripts, their sites, and the programs of their hub."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Somebody:
    """A person of the demo."""

    key: str
    name: str
    email: str
    profession: str
    zone: str = "America/Denver"


@dataclass(frozen=True)
class Place:
    """A spoke site of the demo."""

    name: str
    place: str
    region: str
    country: str
    zone: str
    rural: bool = True


@dataclass(frozen=True)
class Topic:
    """A program of the demo and its one series: `weekday` 0 is Monday, `nth` for monthly ones, `before` is how many
    of its sessions lie in the past."""

    key: str
    name: str
    label: str
    series: str
    zone: str
    weekday: int
    interval: int
    start: str
    minutes: int
    count: int
    before: int
    aim: str
    audience: str
    scope_in: str
    scope_out: str
    sponsor: str
    measures: str
    titles: tuple[str, ...]
    nth: int | None = None


STAFF = (
    Somebody("ana", "Ana Ruiz", "ana@mountain-hub.example", "Program coordinator"),
    Somebody("tom", "Tom Begay", "tom@mountain-hub.example", "Program coordinator"),
)

EXPERTS = (
    Somebody("okoro", "Dr Chidi Okoro", "okoro@mountain-hub.example", "Hepatologist"),
    Somebody("lin", "Dr Mei Lin", "lin@mountain-hub.example", "Infectious disease physician"),
    Somebody("weber", "Dr. Jürgen Weber", "weber@mountain-hub.example", "Pain physician", "Europe/Berlin"),
    Somebody("haddad", "Dr Layla Haddad", "haddad@mountain-hub.example", "Psychiatrist"),
    Somebody("sato", "Dr Keiko Sato", "sato@mountain-hub.example", "Endocrinologist", "America/Los_Angeles"),
    Somebody(
        "njeri", "Dr Wanjiru Njeri", "njeri@mountain-hub.example", "Developmental paediatrician", "Africa/Nairobi"
    ),
    Somebody("price", "Helen Price PharmD", "price@mountain-hub.example", "Pharmacist"),
    Somebody("obrien", "Dr Aoife O'Brien", "obrien@mountain-hub.example", "Palliative physician", "Europe/London"),
)

SITES = (
    Place("Silver Creek Clinic", "Silver Creek", "Colorado", "US", "America/Denver"),
    Place("High Plains Family Health", "Wray", "Colorado", "US", "America/Denver"),
    Place("San Rafael Community Health", "San Rafael", "New Mexico", "US", "America/Denver"),
    Place("Red Mesa Health Center", "Red Mesa", "Arizona", "US", "America/Phoenix"),
    Place("Riverbend Medical Group", "Riverbend", "Nebraska", "US", "America/Chicago", False),
    Place("Kisumu West Health Centre", "Kisumu", "Kisumu County", "KE", "Africa/Nairobi"),
    Place("Glen Affric Surgery", "Cannich", "Highland", "GB", "Europe/London"),
)

SPOKES = (
    (Somebody("grace", "Grace Tsosie", "grace@silver-creek.example", "Nurse practitioner"), 0),
    (Somebody("miguel", "Miguel Ángel Sandoval", "miguel@san-rafael.example", "Physician"), 2),
    (Somebody("priya", "Dr Priya Raghunathan", "priya@high-plains.example", "Physician"), 1),
    (Somebody("sam", "Sam Whitehorse", "sam@red-mesa.example", "Community health worker", "America/Phoenix"), 3),
    (Somebody("joan", "Joan Petersen", "joan@riverbend.example", "Physician assistant", "America/Chicago"), 4),
    (Somebody("otieno", "Otieno Ochieng", "otieno@kisumu-west.example", "Clinical officer", "Africa/Nairobi"), 5),
    (Somebody("achieng", "Achieng Odhiambo", "achieng@kisumu-west.example", "Nurse", "Africa/Nairobi"), 5),
    (Somebody("fiona", "Fiona MacRae", "fiona@glen-affric.example", "General practitioner", "Europe/London"), 6),
    (Somebody("yusuf", "Yusuf Demir", "yusuf@high-plains.example", "Pharmacist"), 1),
    (Somebody("elena", "Елена Соколова", "elena@riverbend.example", "Physician", "America/Chicago"), 4),
    (Somebody("noor", "نور الخطيب", "noor@san-rafael.example", "Physician"), 2),
    (Somebody("somchai", "สมชาย ใจดี", "somchai@silver-creek.example", "Nurse"), 0),
    (Somebody("ravi", "रवि शर्मा", "ravi@riverbend.example", "Physician", "America/Chicago"), 4),
    (Somebody("maria", "Maria Gallegos", "maria@san-rafael.example", "Social worker"), 2),
    (Somebody("maria2", "Maria Gallegos", "mgallegos@high-plains.example", "Nurse practitioner"), 1),
    (Somebody("dan", "Dan Kowalczyk", "dan@silver-creek.example", "Physician"), 0),
    (Somebody("ruth", "Ruth Adeyemi", "ruth@red-mesa.example", "Nurse practitioner", "America/Phoenix"), 3),
    (Somebody("liam", "Liam Ó Súilleabháin", "liam@glen-affric.example", "Practice nurse", "Europe/London"), 6),
    (Somebody("anh", "Nguyễn Thị Ánh", "anh@riverbend.example", "Pharmacist", "America/Chicago"), 4),
    (Somebody("carlos", "Carlos Benavides", "carlos@san-rafael.example", "Physician"), 2),
    (Somebody("beth", "Beth Ann Lundquist", "beth@high-plains.example", "Physician assistant"), 1),
    (Somebody("tadesse", "Tadesse Bekele", "tadesse@kisumu-west.example", "Clinical officer", "Africa/Nairobi"), 5),
    (Somebody("wei", "Wei Zhang", "wei@riverbend.example", "Nurse practitioner", "America/Chicago"), 4),
    (Somebody("nora", "Nora Yazzie", "nora@red-mesa.example", "Behavioural health counsellor", "America/Phoenix"), 3),
)

TOPICS = (
    Topic(
        "hcv", "Hepatitis C", "HCV", "Autumn cohort", "America/Denver", 2, 2, "12:30", 90, 12, 7,
        "Rural primary care treats hepatitis C itself, with the specialists at its side.",
        "Physicians, nurse practitioners, physician assistants and pharmacists in rural practice",
        "Adults with chronic hepatitis C, including cirrhosis and reinfection", "Emergencies, transplant listing, children",
        "State health department", "Patients started on treatment; cure at twelve weeks; confidence before and after",
        ("Who should be treated, and how to begin", "Staging fibrosis without a biopsy", "Drug interactions that matter", "Cirrhosis in primary care",
         "Alcohol, and the talk about it", "Reinfection and harm reduction", "Hepatitis C and kidney disease", "HIV and hepatitis C together",
         "Advanced liver disease: whom to send on", "Hepatitis B in the same patient", "After cure: what to watch", "A year of cases, looked at again"),
    ),
    Topic(
        "pain", "Chronic pain", "PAIN", "Winter cohort", "America/Denver", 3, 1, "08:00", 90, 10, 2,
        "People with chronic pain get care that is safe, kind and worth the travel.",
        "Prescribers, nurses, behavioural health and pharmacists", "Chronic non-cancer pain, tapering, opioid stewardship", "Acute injuries, cancer pain",
        "Mountain Health Foundation", "Morphine equivalents; function scores; referrals avoided",
        ("Listening for function", "Tapering together", "Neuropathic pain", "Sleep and pain", "Headache", "Back pain that stays", "Fibromyalgia",
         "Movement as medicine", "Opioid use disorder in a pain clinic", "Cases looked at again"),
    ),
    Topic(
        "dm", "Diabetes", "DM", "2026-27", "America/Chicago", 1, 1, "12:00", 60, 9, 3,
        "A1c under control without a day's drive.", "Primary care teams of the plains", "Type 1 and type 2 diabetes of adults", "Pregnancy, inpatient care",
        "Plains Rural Health Network", "A1c; eye and foot checks done; insulin started in primary care",
        ("Starting insulin", "Continuous glucose, read together", "Cost, and what to do about it", "Kidneys and sugar", "Feet", "Distress", "Hypoglycaemia", "Type 1 in primary care", "Review"),
        nth=2,
    ),
    Topic(
        "pall", "Palliative care", "PALL", "Spring season", "Europe/London", 1, 2, "13:00", 60, 12, 0,
        "People die where they want to, without pain, looked after by those who know them.", "General practice and community nursing",
        "Symptom control, planning ahead, families", "Paediatric palliative care", "Highland Hospice", "Place of death as wished; carers' confidence",
        ("Planning ahead", "Breathlessness", "Pain at the end", "Anticipatory medicines", "Talking with children", "Heart failure", "Dementia", "Grief", "Ethics", "Home or hospital", "Team distress", "Review"),
    ),
    Topic(
        "aut", "Autism in early childhood", "AUT", "Kenya cohort 3", "Africa/Nairobi", 4, 1, "15:00", 60, 8, 4,
        "A child is understood before the third birthday.", "Clinical officers, nurses, teachers", "Screening, family support, school entry", "Medication trials",
        "County health department", "Age at first assessment; families in a group",
        ("First signs", "Screening with the family", "Talking about it", "Sleep and food", "Play", "School", "The family's strength", "Review"),
    ),
    Topic(
        "sud", "Substance use", "SUD", "Pilot", "America/Denver", 0, 2, "17:00", 75, 6, 0,
        "Treatment starts the day somebody asks for it.", "Clinics and emergency departments", "Opioids, alcohol, stimulants", "Court-ordered testing",
        "State opioid response", "Days from asking to first dose; people still in care after six months",
        ("Same-day start", "Alcohol", "Stimulants", "Pregnancy", "Pain and dependence", "Review"),
    ),
)  # fmt: skip

PANELS = {
    "hcv": ("okoro", "lin", "price"),
    "pain": ("weber", "haddad", "price"),
    "dm": ("sato", "price"),
    "pall": ("obrien",),
    "aut": ("njeri", "haddad"),
    "sud": ("haddad", "lin"),
}
ENROLLED = {
    "hcv": ("grace", "miguel", "priya", "sam", "joan", "yusuf", "elena", "noor", "somchai", "ravi", "maria", "maria2", "dan", "ruth", "anh", "carlos", "beth", "wei"),
    "pain": ("grace", "priya", "joan", "dan", "ruth", "carlos", "beth", "nora", "maria", "sam"),
    "dm": ("joan", "elena", "ravi", "anh", "wei", "beth", "yusuf"),
    "pall": ("fiona", "liam"),
    "aut": ("otieno", "achieng", "tadesse"),
    "sud": (),
}  # fmt: skip

STATEMENT = """The hub promises: written and spoken suggestions from its specialists, short talks, free credit where it is accredited, and help with the technology.

You promise: to come as often as you can, to bring cases that identify nobody, to report back what became of them, to answer short questionnaires, and to treat everything said in a session as confidential. No patient is named, shown or described so that a neighbour could recognise them.

A discussion creates no relationship between the hub's clinicians and your patient and does not replace your own judgement. It is not for emergencies. Only the didactic part is recorded."""

CONDUCT_ADDED = " Nobody takes pictures of the screen, and nobody records but the hub."

CONDUCT = (
    """We come under our own names, say where we work, and switch the camera on if we can. Everybody teaches and everybody learns; nobody is made to feel small for a question.

We speak of patients as if they sat with us. What is said about people stays in the session."""
    + CONDUCT_ADDED
    + """

We let each other finish, keep to the time, and criticise what was done, never who did it. Whoever has an interest in what they recommend says so first.

No harassment, no insult, no discrimination, no advertising. Report it with the button on every page, or write to echo@mountain-hub.example: the person concerned decides nothing about it.

What follows: a reminder, a warning, the end of taking part; what is grave ends it at once. Whoever is concerned is heard, and may appeal to a second person outside of the program."""
)

PRIVACY = """Mountain Hub keeps what it needs for sessions and credit: your name, addresses, profession, licence number (encrypted), site, attendance, answers and certificates.

Those who run your programs see it. Other participants see your name, profession and site. Sponsors and leads of sites see counts only. Nothing is sold and nobody is tracked.

Cases hold nothing that identifies a patient, are checked before anybody reads them, and are read on our pages by verified people.

Attendance and credit stay for six years, because accreditors ask for them; everything else goes when it is no longer needed, or when you ask. Your own page has all of it, to take away or to correct.

Questions and complaints: Ana Ruiz, echo@mountain-hub.example."""
