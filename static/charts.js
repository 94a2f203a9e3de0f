// Charts: one specification for page and paper. The library is fetched only on pages that hold a chart, run without
// eval, and drawn again when the theme changes. Until then, and without this script, the table of numbers stands there.
(() => {
  "use strict";
  const views = new Map(); // figure -> what vegaEmbed gave back
  let library = null;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--pl-${name}`).trim();

  const themed = (part) => {
    if (typeof part === "string") return part.startsWith("token:") ? token(part.slice(6)) : part;
    if (Array.isArray(part)) return part.map(themed);
    if (part && typeof part === "object") {
      return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, themed(value)]));
    }
    return part;
  };

  const load = (address) => {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => resolve(window.vegaEmbed);
      script.onerror = () => {
        library = null; // the next chart may try again
        reject(new Error("chart library not loaded"));
      };
      document.head.append(script);
    });
    return library;
  };

  const draw = async (figure) => {
    const view = figure.querySelector(".chart-view");
    const data = figure.querySelector('script[type="application/json"]');
    if (!view || !data) return;
    const turn = (figure.dataset.turn = String(Number(figure.dataset.turn || 0) + 1));
    try {
      const embed = await load(figure.dataset.bundle);
      const locale = (window.plumblineLocales || {})[document.documentElement.lang.startsWith("zh") ? "zh" : "en"];
      const box = document.createElement("div");
      box.className = "chart-box";
      box.setAttribute("aria-hidden", "true"); // one picture with one description, which the figure has
      view.append(box); // measured while it is in the page, shown when it is drawn
      const result = await embed(box, themed(JSON.parse(data.textContent)), {
        mode: "vega-lite",
        ast: true,
        renderer: "svg",
        actions: false,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
        formatLocale: locale && locale.format,
        timeFormatLocale: locale && locale.time,
      });
      if (figure.dataset.turn !== turn) { // a later theme change overtook this drawing
        result.finalize();
        box.remove();
        return;
      }
      views.get(figure)?.finalize();
      views.set(figure, result);
      for (const other of [...view.children]) if (other !== box) other.remove();
      figure.dataset.state = "drawn";
    } catch (problem) {
      figure.dataset.state = "failed";
      figure.querySelector("details")?.setAttribute("open", "");
      console.error(problem);
    } finally {
      view.removeAttribute("aria-busy");
    }
  };

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "400px" });

  const find = (root) => {
    for (const figure of root.querySelectorAll("figure[data-chart]:not([data-seen])")) {
      figure.dataset.seen = "";
      near.observe(figure);
    }
  };

  const forget = () => {
    for (const [figure, result] of views) {
      if (figure.isConnected) continue;
      result.finalize();
      views.delete(figure);
    }
  };

  new MutationObserver(() => views.forEach((_result, figure) => draw(figure)))
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  document.addEventListener("htmx:afterSettle", () => { forget(); find(document); });
  find(document);
})();
