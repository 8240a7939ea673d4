"""Which tokens were used, so that none is used twice."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "seen_token",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("issuer", sa.String, nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("seen_token_expires", "seen_token", ["expires"])
