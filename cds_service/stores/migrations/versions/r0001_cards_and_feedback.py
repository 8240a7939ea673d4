"""What was shown, how it was answered, and the key of the digests."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "secret",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "shown",
        sa.Column("card", sa.String, primary_key=True),
        sa.Column("issuer", sa.String, primary_key=True),
        sa.Column("reader", sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("service", "hook", "audience")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("rules", "topics")),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("suggestions", sa.JSON, nullable=False),
        sa.Column("knowledge", sa.String, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_index("shown_at", "shown", ["at"])
    op.create_table(
        "shown_fingerprint",
        sa.Column("fingerprint", sa.LargeBinary, primary_key=True),
        sa.Column("card", sa.String, primary_key=True),
        sa.Column("issuer", sa.String, primary_key=True),
    )
    op.create_table(
        "feedback",
        sa.Column("item", sa.LargeBinary, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("card", "issuer", "service", "outcome")),
        sa.Column("suggestions", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("reason_system", "reason_code")),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("commented", "once_per_reader")),
        *(sa.Column(name, moment, nullable=False) for name in ("at", "received")),
    )
    op.create_index("feedback_card", "feedback", ["card", "issuer"])
    op.create_index("feedback_received", "feedback", ["received"])
