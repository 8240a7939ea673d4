"""How alembic runs here: on the connection and in the transaction it is handed, so that all goes or nothing does."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
