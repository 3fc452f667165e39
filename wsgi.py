"""The application for gunicorn and `flask --app wsgi`."""

from echo_sessions import create_app

app = create_app()
