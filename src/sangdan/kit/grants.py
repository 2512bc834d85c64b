"""Least privilege: an application role that reads and writes rows, and can change nothing about the tables."""

from typing import Final, LiteralString

from psycopg import sql

from .db import Conn
from .problems import NotFound

ROLE: Final[LiteralString] = "SELECT rolname FROM pg_roles WHERE rolname = %(role)s"
SCHEMAS: Final[LiteralString] = """
    SELECT nspname FROM pg_namespace
     WHERE nspname NOT LIKE 'pg\\_%%' AND nspname NOT IN ('public', 'information_schema')
       AND pg_has_role(nspowner, 'USAGE') ORDER BY 1
"""
# {schema} and {role} are filled in.
_EXISTING: Final = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
)
_FUTURE: Final = (
    "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO {role}",
)
# What tells which changes the database has is for its owner to write.
_OWNERS: Final = (
    "REVOKE INSERT, UPDATE, DELETE ON kit.function_hash, kit.contraction FROM {role}",
    "GRANT SELECT ON public.schema_migrations TO {role}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
)


class NoSuchRole(NotFound):
    """The server has no role of that name."""

    code = "no-such-role"


async def grant(conn: Conn, role: str) -> list[str]:
    """Let a role work in the database, now and after later migrations; harmless twice.

    conn    as the role that owns the database
    gives   the names of the schemas
    raises  NoSuchRole
    """
    if await (await conn.execute(ROLE, {"role": role})).fetchone() is None:
        raise NoSuchRole(
            f"The server has no role {role!r}: make it first, e.g. CREATE ROLE {role} LOGIN PASSWORD '...'.", role=role
        )
    schemas = [name for (name,) in await (await conn.execute(SCHEMAS)).fetchall()]
    for schema in schemas:
        for words in _EXISTING:
            await conn.execute(sql.SQL(words).format(schema=sql.Identifier(schema), role=sql.Identifier(role)))
    for words in (*_FUTURE, *_OWNERS):
        await conn.execute(sql.SQL(words).format(role=sql.Identifier(role)))
    return schemas
