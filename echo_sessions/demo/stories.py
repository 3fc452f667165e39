"""Case texts of the demo: invented, and written as a careful clinician would, without identifiers."""

from typing import Any

_BASE: dict[str, Any] = {"consent": "yes"}

CASES: tuple[dict[str, Any], ...] = (
    {
        "main_question": "Can she be treated here, or does the low platelet count mean that she has to be seen at the hub first?",
        "reason": ["treatment"], "age": 58, "sex": "female",
        "story": "Hepatitis C found at a routine check two years ago. Tired, otherwise well. No ascites, no bleeding. Platelets have fallen slowly over the last year. She drives an hour to us and four to the city.",
        "tried": "Ultrasound without a mass. FIB-4 computed twice, both over 3.25. Alcohol stopped six months ago.",
    },
    {
        "main_question": "He has been reinfected after a cure. How do we treat him again without losing him?",
        "reason": ["treatment", "navigation"], "age": 34, "sex": "male",
        "story": "Cured three years ago. Injects again since he lost his housing last winter. Comes to the exchange every week and trusts the nurse there. Liver tests are mildly raised.",
        "tried": "Talked about treatment at the exchange itself. Offered a phone for reminders.",
    },
    {
        "main_question": "Which of her medicines has to change before we start?",
        "reason": ["medication"], "age": 67, "sex": "female",
        "story": "Chronic hepatitis C without cirrhosis. Takes a statin, amiodarone and a proton pump inhibitor. Wants to be treated before her daughter's wedding.",
        "tried": "Checked an interaction table: two warnings. Asked the pharmacist, who asks the group.",
    },
    {
        "main_question": "How fast may we taper when he is afraid of every step?",
        "reason": ["medication", "behaviour"], "age": 49, "sex": "male",
        "story": "Back pain for eleven years after lifting. On long-acting morphine since then, 120 mg a day. Sleeps four hours. Walks the dog, does not work. Says the tablets no longer help, and that nothing else ever did.",
        "tried": "Physiotherapy for six weeks. One step down by ten per cent, taken back after two weeks.",
    },
    {
        "main_question": "What else can explain her falls?",
        "reason": ["diagnosis"], "age": 71, "sex": "female",
        "story": "Type 2 diabetes for twenty years, on insulin twice a day. Three falls in two months, each before breakfast. Lives alone and skips supper when she is sad.",
        "tried": "Glucose diary for a week. Evening dose lowered.",
    },
    {
        "main_question": "Is it hearing, or is it autism?",
        "reason": ["diagnosis"], "age": 3, "sex": "male",
        "story": "Says six words. Lines up stones for an hour. Turns to music, not to his name. The grandmother says his father was the same.",
        "tried": "M-CHAT with the mother: nine. Hearing test asked for, three months' wait.",
    },
)  # fmt: skip

RECOMMENDATIONS = (
    (
        "diagnostic",
        "Elastography once at the hub, on the day of another visit; treatment need not wait for it.",
        "hub",
        "Hepatologist",
    ),
    (
        "medication",
        "Treat for twelve weeks; both usual regimens are suitable with compensated disease.",
        "hub",
        "Infectious disease physician",
    ),
    (
        "social",
        "The county van takes patients to the city twice a week; book through the clinic's front desk.",
        "spoke",
        "Social worker",
    ),
)
