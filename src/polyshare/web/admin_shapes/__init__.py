"""
What the admin API takes and gives, field by field; ours, so unknown fields in requests are refused.

    common       times, pages and problems
    principals   organizations, accounts, groups and members
    users        users and their roles
    credentials  tokens and keys
    providers    providers
"""

from polyshare.web.admin_shapes.common import Active, Given, Moment, Page, Problem, microseconds, moment
from polyshare.web.admin_shapes.credentials import (
    CredentialChange,
    CredentialOut,
    CredentialWithSecret,
    GivenScope,
    NewCredential,
    ScopeOut,
    credential,
    credential_with_secret,
)
from polyshare.web.admin_shapes.principals import (
    AccountChange,
    AccountOut,
    GroupChange,
    MemberOut,
    NewAccount,
    NewGroup,
    NewOrganization,
    OrganizationChange,
    PrincipalOut,
    member,
    principal,
)
from polyshare.web.admin_shapes.providers import GivenProvider, ProviderOut, provider
from polyshare.web.admin_shapes.users import (
    GivenRole,
    NewUser,
    Role,
    RoleOut,
    UserChange,
    UserOut,
    UserWithAliases,
    role,
    user,
    user_with_aliases,
)

__all__ = [
    "AccountChange",
    "AccountOut",
    "Active",
    "CredentialChange",
    "CredentialOut",
    "CredentialWithSecret",
    "Given",
    "GivenProvider",
    "GivenRole",
    "GivenScope",
    "GroupChange",
    "MemberOut",
    "Moment",
    "NewAccount",
    "NewCredential",
    "NewGroup",
    "NewOrganization",
    "NewUser",
    "OrganizationChange",
    "Page",
    "PrincipalOut",
    "Problem",
    "ProviderOut",
    "Role",
    "RoleOut",
    "ScopeOut",
    "UserChange",
    "UserOut",
    "UserWithAliases",
    "credential",
    "credential_with_secret",
    "member",
    "microseconds",
    "moment",
    "principal",
    "provider",
    "role",
    "user",
    "user_with_aliases",
]
