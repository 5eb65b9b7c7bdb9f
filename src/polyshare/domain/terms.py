"""What differs at the door between one outside API and another, as values that a dialect hands to the engine."""

from dataclasses import dataclass

from polyshare.domain.delivery import Consent
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind


@dataclass(frozen=True, slots=True)
class Terms:
    """
    The choices of one dialect.

    Attributes:
        consent: With which consent a new grant starts.
        recipients: Who may be named as a recipient; naming another is naming nobody.
        permissions: What a grant gives when the call names no permissions.
    """

    consent: Consent
    recipients: frozenset[Kind]
    permissions: Permission
