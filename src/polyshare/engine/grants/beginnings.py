"""Shares, items, grants and links as they begin; the public id is drawn unless it is fixed."""

import secrets

from polyshare.domain.delivery import Consent, Delivery, Step, moved
from polyshare.domain.links import Link, LinkTerms
from polyshare.domain.shares import Grant, Item, Share
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem
from polyshare.engine.work import Work


def new_share(
    work: Work,
    owner: int,
    name: str,
    *,
    tags: str | None = None,
    audience: int | None = None,
    within: int | None = None,
    public_id: str | None = None,
) -> Share:
    """
    A share as it begins, offered now.

    Args:
        tags: A JSON object.
        audience: The organization to which it goes as a rule.
        within: The organization that it never leaves.
    """
    return Share(
        id=work.new_id(),
        public_id=public_id or work.new_public_id(),
        owner=owner,
        name=name,
        tags=tags,
        audience=audience,
        created_at=work.now,
        modified_at=work.now,
        leaving_at=None,
        gone_at=None,
        within=within,
    )


def new_item(
    work: Work, share: int, owner: int, new: NewItem, *, public_id: str | None = None, node: int | None = None
) -> Item:
    """An item as it begins, at revision 1; its resource belongs to *owner*, and is *node* if it lies in the file tree."""
    return Item(
        id=work.new_id(),
        public_id=public_id or work.new_public_id(),
        share=share,
        kind=new.kind,
        key=new.key,
        owner=owner,
        meta=new.meta,
        revision=1,
        created_at=work.now,
        modified_at=work.now,
        leaving_at=None,
        gone_at=None,
        node=node,
    )


def new_grant(
    work: Work, share: int, principal: int, terms: Terms, *, instant: bool, public_id: str | None = None
) -> Grant:
    """A grant as it begins; one that is instant is in place as soon as its holder wants it."""
    given = terms.consent is Consent.GIVEN
    begun = moved(Delivery.HELD, Step.RELEASE) if given else Delivery.HELD
    in_place = given and instant
    return Grant(
        id=work.new_id(),
        public_id=public_id or work.new_public_id(),
        share=share,
        principal=principal,
        consent=terms.consent,
        delivery=moved(begun, Step.DONE) if in_place else begun,
        generation=1,
        error="",
        joined_at=work.now if in_place else None,
        created_at=work.now,
        modified_at=work.now,
        leaving_at=None,
        gone_at=None,
    )


def new_link(
    work: Work,
    terms: LinkTerms,
    by: int,
    *,
    node: int | None = None,
    share: int | None = None,
    ident: int | None = None,
) -> Link:
    """
    A link to a node, or to the items of a share, as it begins: never opened. Its token is drawn unless the terms fix it.

    Args:
        by: Id of who makes it.
        ident: Of a share's link, the id of the principal that holds the share's grant, which is the link's as well.
    """
    return Link(
        id=ident or work.new_id(),
        public_id=work.new_public_id(),
        node=node,
        share=share,
        token=terms.token or secrets.token_urlsafe(16),
        name=terms.name,
        audience=terms.audience,
        permissions=terms.permissions,
        drops=terms.drops,
        readers=terms.readers,
        coded=terms.code_hash is not None,
        expires_at=terms.expires_at,
        uses_left=terms.uses,
        opened=0,
        opened_at=None,
        created_by=by,
        created_at=work.now,
        modified_at=work.now,
    )
