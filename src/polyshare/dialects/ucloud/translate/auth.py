"""What a token of ours says of a user or of a provider.  Source: UCloud developer guide, "Authentication"."""

from polyshare.dialects.ucloud.wire.auth import Claims
from polyshare.domain.directory import Person
from polyshare.engine.credentials.refreshing import Refreshed

ISSUER = "cloud.sdu.dk"
"""What the tokens of a UCloud name as their issuer; ours do so too, for its clients and providers ask for it."""
ALL = "all:write"
PROVIDER = "#P_"
"""What the subject of a provider's token begins with."""
LASTS_S = 600


def claims_out(who: Refreshed, now_s: int) -> Claims:
    """The claims of a fresh access token; *now_s* are seconds since 1970."""
    claims = Claims(
        sub=f"{PROVIDER}{who.provider}",
        aud=[ALL],
        role="PROVIDER",
        iss=ISSUER,
        exp=now_s + LASTS_S,
        iat=now_s,
        extendedByChain=[],
        principalType="provider",
        publicSessionReference=who.token,
    )
    if who.person is not None:
        _describe(claims, who.person)
        claims.membership = {project.public_id: project.part.value for project in who.projects}
    return claims


def _describe(claims: Claims, person: Person) -> None:
    first, _, last = person.name.rpartition(" ")
    claims.sub = person.login
    claims.role = "ADMIN" if person.role == "ADMIN" else "USER"
    claims.principalType = "password"
    claims.uid = person.id
    claims.firstNames, claims.lastName = first or last, last if first else ""
    claims.email = person.email
    # There is neither here, and the client in browsers asks people for them over and over if a token says so.
    claims.twoFactorAuthentication = claims.serviceLicenseAgreement = True
    claims.groups, claims.providerProjects, claims.allocatorProjects = {}, {}, {}
