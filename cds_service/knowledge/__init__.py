"""The knowledge files and their loader: dated rows in, one validated `Knowledge` out.

Knows the files of this folder and how to name a faulty row. Decides nothing.
"""

from cds_service.knowledge.loader import KnowledgeProblem, load, load_payers, load_roles, load_terminology, problems
from cds_service.knowledge.payers import PayerBook
from cds_service.knowledge.terminology import Concept, Terminology

__all__ = [
    "Concept",
    "KnowledgeProblem",
    "PayerBook",
    "Terminology",
    "load",
    "load_payers",
    "load_roles",
    "load_terminology",
    "problems",
]
