"""Our own Zoom: a real web server on this machine that behaves as a stranger would who wants to catch a careless client.

It is written from what is known of Zoom's interface, without a look at our client, keeps a journal of every call, and
notes as violations what a client of Zoom must not do, whether or not Zoom would refuse it.
"""

from tests.zoom_server.hooks import Delivery, doubled, shuffled, without
from tests.zoom_server.people import Held, Present
from tests.zoom_server.portal import portal_file
from tests.zoom_server.server import ZoomServer

__all__ = ["Delivery", "Held", "Present", "ZoomServer", "doubled", "portal_file", "shuffled", "without"]
