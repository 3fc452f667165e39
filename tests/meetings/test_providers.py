"""Which providers there are, and which one a new series has."""

import pytest

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.meetings import providers
from echo_sessions.meetings.models import ProviderAccount


def test_without_credentials_a_link_is_pasted(app):
    assert providers.usual() == "link" and providers.creating() == []
    assert providers.provider("zoom").name == "zoom" and providers.provider("link").name == "link"


def test_zoom_is_usual_as_soon_as_it_is_configured_until_it_is_stopped(app):
    with transaction():
        account = ProviderAccount(provider="zoom", account_ref="acc", client_id="id", client_secret="secret")
        db.session.add(account)
    assert providers.usual() == "zoom" and [each.name for each in providers.creating()] == ["zoom"]
    with transaction():
        account.stopped_at = clock.now()
    assert providers.usual() == "link"


def test_nobody_has_this_name(app):
    with pytest.raises(KeyError):
        providers.provider("skype")
