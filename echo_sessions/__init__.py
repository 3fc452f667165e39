"""ECHO Sessions: the manager of a hub's teleconference sessions."""
