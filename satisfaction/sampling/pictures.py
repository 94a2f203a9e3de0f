"""Small drawings in the tables of a sample."""

from typing import Any

from markupsafe import Markup

WIDTH = 132


def pair(population: float, sample: float, most: float) -> Markup:
    """Two shares over each other, of the population (light) and of the sample or the answers (dark); `most` fills the width.
    Their numbers stand beside it."""

    def width(share: float) -> float:
        return WIDTH * min(1.0, max(0.0, share / most)) if most > 0 else 0.0

    return Markup(  # noqa: S704 - numbers
        f'<svg class="sa-pair" width="{WIDTH}" height="16" viewBox="0 0 {WIDTH} 16" aria-hidden="true">'
        f'<rect class="sa-of" width="{width(population):.1f}" height="7" rx="1.5"/>'
        f'<rect class="sa-in" width="{width(sample):.1f}" height="7" y="9" rx="1.5"/></svg>'
    )


GLOBALS: dict[str, Any] = {"sampling_pair": pair}
