"""The blueprint of people: signing in, one's own pages."""

from flask import Blueprint

bp = Blueprint("people", __name__)
