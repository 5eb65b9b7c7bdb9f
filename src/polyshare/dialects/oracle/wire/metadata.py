"""Metadata collections, their fields, and values of items."""

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.oracle.wire.outcomes import OK


class FieldInput(Struct):
    """A field to be defined or changed."""

    fieldName: str | None = None
    fieldType: str | None = None
    defaultValue: str | None = None
    fieldDescription: str | None = None
    isEnabled: str | None = None


class DefinitionInput(Struct):
    """
    Fields of a new metadata collection, by name parted by commas or one by one.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Create Metadata Collection.
    """

    fields: str | None = None
    fieldsArray: list[FieldInput] = []


class DefinitionChange(Struct):
    """
    What is to change in a metadata collection.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Edit Metadata Collection.
    """

    addFields: str | None = None
    addFieldsArray: list[FieldInput] = []
    removeFields: str | None = None
    settings: str | None = None


class FieldsChange(Struct):
    """
    What is to change in fields of a metadata collection.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Edit Fields in a Metadata Collection.
    """

    fields: str | None = None
    settings: str | None = None
    fieldsArray: list[FieldInput] = []


class DefinitionsQuery(Struct):
    """Whether fields are told too; in the query or the body."""

    retrieveFields: str | None = None


class DirectQuery(Struct):
    """Whether what folders above have is left out."""

    directAssigned: str | None = None


class ResetInput(Struct):
    """
    Which values are to be taken away; in the query or the body.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Delete Values in a Folder Metadata Collection.
    """

    collection: str | None = None
    fields: str | None = None


class Field(Struct, kw_only=True):
    """
    A field of a metadata collection.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Get Metadata Collection Definition.
    """

    type: str = "field"
    fieldName: str
    fieldType: str
    isEnabled: str
    defaultValue: str | UnsetType = UNSET
    fieldDescription: str | UnsetType = UNSET


class Definition(Struct, kw_only=True):
    """A metadata collection; `errorCode` where it is the answer itself, `isInherited` where it stands beside an item."""

    errorCode: str | UnsetType = UNSET
    isEnabled: str
    isInherited: str | UnsetType = UNSET
    type: str = "collection"
    items: list[Field] | UnsetType = UNSET


class Definitions(Struct, kw_only=True):
    """Answer of GET metadata: definitions by name."""

    errorCode: str = OK
    metadataCollections: dict[str, Definition]


class Described(Struct, kw_only=True):
    """
    Answer of the calls on an item's metadata.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Get Folder Metadata Collection,
    Get Folder Assigned Metadata Collections, Assign Values to a Folder Metadata Collection.
    """

    errorCode: str = OK
    idList: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    metadata: dict[str, dict[str, str]] | UnsetType = UNSET
    metadataFields: dict[str, Definition] | UnsetType = UNSET
