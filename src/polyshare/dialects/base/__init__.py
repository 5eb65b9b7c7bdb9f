"""
The one road from HTTP to the engine, and what a dialect says to be on it.

    dialect    Dialect and Fault, which a dialect declares
    road       Road, which carries its requests
    routing    the compiled table of calls
    calls      Call: one request, read lazily; Route: how such are answered
    addresses  where it comes from
    bodies     from bytes of JSON to wire shapes
    lenient    from JSON or XML, and the query, to wire shapes, for vendors whose clients send what they like
    markup     XML both ways
    multipart  forms with files, while they arrive
    related    what something is and then its bytes, while they arrive, however sloppily written
    answers    what goes back: whole, flowing, or streamed
    accepting  in which of two formats
    sending    how it goes out
    refusals   what is wrong before the engine is asked
"""

from polyshare.dialects.base.calls import Doing, Route
from polyshare.dialects.base.dialect import Dialect, Fault
from polyshare.dialects.base.road import Road

__all__ = ["Dialect", "Doing", "Fault", "Road", "Route"]
