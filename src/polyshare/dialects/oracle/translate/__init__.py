"""
Between Oracle's words and ours, both ways, without rows or bytes.

    formats    JSON or XML
    inward     what callers say
    outward    what they are told
"""
