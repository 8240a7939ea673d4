"""The vessel picture: a decision document in, an SVG string out. Knows the public document, not how it came about."""

from cds_service.picture.drawing import picture
from cds_service.picture.paint import style_sheet
from cds_service.picture.treated import place_of

__all__ = ["picture", "place_of", "style_sheet"]
