"""What fills the items of an agenda: plain blocks in both languages, live before the meeting, frozen as JSON at it."""

from reviews.inputs.blocks import Block
from reviews.inputs.providers import blocks_of, contents

__all__ = ["Block", "blocks_of", "contents"]
