"""
What the admin API takes and gives, field by field; ours, so unknown fields in requests are refused.

    common       times, pages and problems
    principals   organizations, accounts, groups and members
    users        users and their roles
    credentials  tokens and keys
    projects     projects and who is in them
    providers    providers
    products     products, and what of them is allotted
    refresh_tokens  refresh tokens of users and providers
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
from polyshare.web.admin_shapes.products import (
    AllocationOut,
    GivenBalance,
    GivenProduct,
    ProductOut,
    allocation,
    product,
)
from polyshare.web.admin_shapes.projects import (
    GivenPart,
    NewProject,
    ProjectChange,
    ProjectMemberOut,
    project_member,
)
from polyshare.web.admin_shapes.providers import GivenProvider, ProviderOut, provider
from polyshare.web.admin_shapes.refresh_tokens import (
    NewRefreshToken,
    RefreshTokenOut,
    RefreshTokenWithSecret,
    refresh_token,
    refresh_token_with_secret,
)
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
    "AllocationOut",
    "CredentialChange",
    "CredentialOut",
    "CredentialWithSecret",
    "Given",
    "GivenBalance",
    "GivenPart",
    "GivenProduct",
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
    "NewProject",
    "NewRefreshToken",
    "NewUser",
    "OrganizationChange",
    "Page",
    "PrincipalOut",
    "Problem",
    "ProductOut",
    "ProjectChange",
    "ProjectMemberOut",
    "ProviderOut",
    "RefreshTokenOut",
    "RefreshTokenWithSecret",
    "Role",
    "RoleOut",
    "ScopeOut",
    "UserChange",
    "UserOut",
    "UserWithAliases",
    "allocation",
    "credential",
    "credential_with_secret",
    "member",
    "microseconds",
    "moment",
    "principal",
    "product",
    "project_member",
    "provider",
    "refresh_token",
    "refresh_token_with_secret",
    "role",
    "user",
    "user_with_aliases",
]
