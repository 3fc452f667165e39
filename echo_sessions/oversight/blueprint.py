"""The blueprint of the pages of oversight."""

from flask import Blueprint

bp = Blueprint("oversight", __name__)
