"""What every page has to stand: axe without serious findings, no sideways scroll."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

PHONE = 390
#: only what is serious leaves the page, so rules that find nothing worse than moderate are not asked; a target says where
#: it is
_RUN = """async (rules) => {
  const options = { resultTypes: ["violations"], elementRef: false };
  const slight = axe._audit.rules.filter((one) => ["minor", "moderate"].includes(one.impact));
  if (rules) options.runOnly = { type: "rule", values: rules };
  else options.rules = Object.fromEntries(slight.map((one) => [one.id, { enabled: false }]));
  const found = await axe.run(document, options);
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.help} at ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
}"""
#: after two frames, so that what redraws itself has done so
_WIDER = """async () => {
  const root = document.documentElement;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const wider = root.scrollWidth - root.clientWidth;
  if (wider <= 1) return "";
  const beyond = [...document.body.querySelectorAll("*")].filter((one) => {
    const box = one.getBoundingClientRect();
    for (let above = one.parentElement; above; above = above.parentElement) // what scrolls in its own box is none
      if (above !== document.body && getComputedStyle(above).overflowX !== "visible" && above.getBoundingClientRect().right <= root.clientWidth + 1) return false;
    return box.width && box.right > root.clientWidth + 1 && ![...one.children].some((child) => child.getBoundingClientRect().right > root.clientWidth + 1);
  });
  const name = (one) => one.tagName.toLowerCase() + (one.id ? `#${one.id}` : "") + [...one.classList].map((each) => `.${each}`).join("");
  return `scrolls sideways by ${wider}px at ${root.clientWidth}px: ${beyond.slice(0, 4).map(name).join(", ")}`;
}"""
_THEME = """(dark) => { document.documentElement.dataset.bsTheme = dark ? "dark" : "light"; }"""


def serious(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """What axe calls serious or critical."""
    if not page.evaluate("typeof axe === 'object'"):  # once a page
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_RUN, rules)
    return found


def wider(page: Page) -> list[str]:
    """Says what reaches over the right edge, when the page scrolls sideways."""
    found: str = page.evaluate(_WIDER)
    return [found] if found else []


def everywhere(page: Page, *, dark: bool) -> list[str]:
    """All of axe as the page stands, its colours in the other theme, and its width here and on a phone.

    The page is left as it was found.
    """
    size: Any = page.viewport_size
    found = serious(page) + wider(page)
    page.evaluate(_THEME, not dark)
    found += [f"{'light' if dark else 'dark'}: {one}" for one in serious(page, rules=["color-contrast"])]
    page.evaluate(_THEME, dark)
    page.set_viewport_size({"width": PHONE if size["width"] > PHONE else 1440, "height": size["height"]})
    found += wider(page)
    page.set_viewport_size(size)
    return found
