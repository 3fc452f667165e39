"""Pages about credit: each works, then each refusal."""

from datetime import timedelta

from echo_sessions.credit import queries

POLICY = {
    "credit_type": "AMA PRA Category 1 Credit", "provider": "Mountain University", "approved_on": "2026-09-01", "maximum": "1.5",
    "statement": "Claim only what you took part in.", "signatory_name": "Prof. Ruth Alvarez", "signatory_role": "Associate Dean",
    "professions": "Physician\nNurse practitioner\n",
}  # fmt: skip


def test_a_coordinator_enters_a_policy_and_retires_it(make, client):
    ana = client.as_(make.coordinator())
    program = make.program()
    assert "No credit is given yet" in ana.get_page(f"/programs/{program.code}/credit").text()
    page = ana.submit(f"/programs/{program.code}/credit/new", **POLICY)
    assert "Nurse practitioner, Physician" in page.text()
    [policy] = queries.policies_of(program.id)
    page = ana.submit(f"/programs/{program.code}/credit", action=f"/policies/{policy.code}/retire")
    assert "retired" in page.text()


def test_a_bad_figure_is_said_and_what_was_typed_stays(make, client):
    ana = client.as_(make.coordinator())
    program = make.program()
    page = ana.submit(f"/programs/{program.code}/credit/new", status=422, **{**POLICY, "maximum": "1.1"})
    assert "1.1 is not a multiple of the step 0.25" in page.text()
    assert page.fields()["provider"] == "Mountain University"


def test_policies_are_for_those_who_run_the_program(make, client):
    make.hub()
    program = make.program()
    assert client.as_(make.person()).get(f"/programs/{program.code}/credit").status_code == 404
    assert client.as_().get(f"/programs/{program.code}/credit").status_code == 302


def test_a_participant_claims_less_and_never_more(make, client):
    make.hub()
    session = make.session(starts_in=-timedelta(days=7))
    make.policy(session.series.program)
    grace = make.enrol(session.series, make.person("Grace"))
    make.awarded(session, {grace: 90})
    [award] = queries.of_person(grace.id)
    mine = client.as_(grace)
    page = mine.submit(f"/me/credit/{award.id}", status=422, amount="2")
    assert "is more than that" in page.text()
    mine.submit(f"/me/credit/{award.id}", follow=False, amount="1")
    assert str(queries.of_person(grace.id)[0].claimed) in {"1", "1.000", "1.00"}
    assert client.as_(make.person()).get(f"/me/credit/{award.id}").status_code == 404
