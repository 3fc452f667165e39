"""Meetings at a provider: wanted by a session, made by jobs, watched over; their hosts, personal links, hooks and recordings."""
