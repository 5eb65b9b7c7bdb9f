"""The secrets in a world file: tokens, keys and passwords, given there or elsewhere, or drawn."""

from collections.abc import Mapping

from polyshare.engine.credentials import hashing, issuing
from polyshare.engine.links import publishing
from polyshare.engine.work import House
from polyshare.engine.worlds.world import Place, World
from polyshare.store.database import Rows
from polyshare.store.directory import principals


class Secrets:
    """The secrets of a world file, wherever they stand."""

    def __init__(self, world: World, environment: Mapping[str, str]) -> None:
        self._world = world
        self._environment = environment

    def all(self) -> dict[tuple[str, int], str]:
        """Those of tokens and keys by section and number; one that is left out is drawn."""
        found = {}
        for section, key in (("tokens", "token"), ("keys", "key")):
            for place, entry in self._world.entries(section):
                given = getattr(entry, key)
                if given is None and entry.name is None:
                    raise place.wrong(f"without {key} it needs a name, to be known by", "name")
                found[section, place.number] = (
                    issuing.new_secret() if given is None else self.of(place, key, given)
                )
        return found

    def of(self, place: Place, key: str, given: str | dict[str, str]) -> str:
        """A secret itself, from the environment, or from a file, whose last line break does not count."""
        if isinstance(given, str):
            return given
        if list(given) == ["env"]:
            value = self._environment.get(given["env"])
            if not value:
                raise place.wrong(f"environment variable {given['env']} is not set", key)
            return value
        if list(given) == ["file"]:
            try:
                return (self._world.folder / given["file"]).read_text("utf-8").rstrip("\r\n")
            except OSError as error:
                raise place.wrong(f"file {given['file']}: {error.strerror}", key) from error
            except ValueError as error:
                raise place.wrong(f"file {given['file']} is not UTF-8 text", key) from error
        raise place.wrong('give the secret itself, { env = "NAME" } or { file = "path" }', key)


async def password_hashes(house: House, world: World, secrets: Secrets, *, overwrite: bool) -> dict[str, str]:
    """Hashes of the passwords that are to be written, by login; with *overwrite* also of users who have one."""
    given = [(place, user) for place, user in world.entries("users") if user.password is not None]
    logins = [user.login for _, user in given if user.login.isprintable()]

    async def with_password(rows: Rows) -> set[str]:
        return {row[0] for row in await rows.all(principals.PASSWORDS, logins=logins)}

    keep = set() if overwrite else await house.database.read(with_password)
    hashes = {}
    for place, user in given:
        if user.login in keep:
            continue
        if isinstance(user.password, dict) and list(user.password) == ["argon2"]:
            if not user.password["argon2"].startswith("$argon2"):
                raise place.wrong("an argon2 hash begins with $argon2", "password", "argon2")
            hashes[user.login] = user.password["argon2"]
        else:
            with place.named():
                password = secrets.of(place, "password", user.password)
                hashes[user.login] = await hashing.hash_password(house, password)
    return hashes


async def code_hashes(house: House, world: World, secrets: Secrets) -> dict[int, str]:
    """Hashes of the access codes of links, by their number in the file."""
    hashes = {}
    for place, link in world.entries("links"):
        if link.password is not None:
            with place.named():
                code = secrets.of(place, "password", link.password)
                hashes[place.number] = await publishing.hash_code(house, code)
    return hashes
