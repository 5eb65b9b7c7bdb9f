"""
The one road from HTTP to the engine, and what a dialect says to be on it.

    road       Dialect, Route and Fault, which a dialect declares; Road, which carries its requests
    routing    the compiled table of calls
    calls      one request, read lazily
    bodies     from bytes to wire shapes
    answers    what goes back, whole or flowing
    refusals   what is wrong before the engine is asked
"""

from polyshare.dialects.base.road import Dialect, Doing, Fault, Road, Route

__all__ = ["Dialect", "Doing", "Fault", "Road", "Route"]
