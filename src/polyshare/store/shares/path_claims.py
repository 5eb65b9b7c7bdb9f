"""Rows of `path_claim`: the one share that a folder which lies elsewhere has with a principal; `claim` is the same for nodes."""

from polyshare.store.statements import statement

ADD = statement(
    "path_claim.add",
    "insert into path_claim (provider, path, principal, share) values (:provider, :path, :principal, :share)",
)
OF = statement(
    "path_claim.of",
    """
    select path, principal, share from path_claim
    where provider in :providers[] and path in :paths[] and principal in :principals[]
    """,
)
FREE = statement("path_claim.free", "delete from path_claim where share in :shares[]")
