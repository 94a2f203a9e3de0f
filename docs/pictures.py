"""Makes the pictures of the README from a running demonstration: python docs/pictures.py http://localhost:8000"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main(base: str, accounts: Path) -> None:
    from playwright.sync_api import sync_playwright

    from core.documents import fonts

    setup = fonts.prepare(ROOT / "var" / "cache")
    environment = {**os.environ, **({"FONTCONFIG_FILE": str(setup.config)} if setup.config else {})}
    manager = next(one for one in json.loads(accounts.read_text()) if one["role"] == "quality_manager")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"], env=environment
        )
        for language in ("en", "zh"):
            window = browser.new_context(base_url=base, viewport={"width": 1440, "height": 1000})
            page = window.new_page()
            page.goto(f"/sign-in?lang={language}")
            page.fill("#email", manager["email"])
            page.fill("#password", manager["password"])
            page.click("main form button.btn-primary")
            page.goto(f"/?lang={language}")
            page.wait_for_timeout(500)
            target = ROOT / "docs" / "images" / f"overview.{language}.png"
            target.parent.mkdir(exist_ok=True)
            page.screenshot(path=target)
            print(target.relative_to(ROOT))
        browser.close()


if __name__ == "__main__":
    main(
        sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "var" / "demo" / "demo-accounts.json"
    )
