// The matrix: a pop-over for a cell, arrows between cells, Escape closes and gives the focus back.
"use strict";
(() => {
  document.addEventListener("change", (event) => {
    const goes = event.target.closest("select[data-goes]");
    if (goes) location.assign(goes.value);
    else if (event.target.matches("[data-coverage-filters] input[type=checkbox]")) event.target.form.requestSubmit();
  });

  const table = document.querySelector("table[data-coverage]");
  const place = document.getElementById("cov-pop");
  if (!table || !place) return;
  const grid = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("button.btn-cell")]).filter((row) => row.length);
  let open = null;

  // one cell is in the order of the Tab key; arrows move on from it
  grid.flat().forEach((button) => { button.tabIndex = -1; });
  let current = grid[0][0];
  current.tabIndex = 0;
  const take = (button) => {
    current.tabIndex = -1;
    current = button;
    current.tabIndex = 0;
    current.focus();
    current.closest("td").scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  table.addEventListener("focusin", (event) => {
    const button = event.target.closest("button.btn-cell");
    if (button && button !== current) { current.tabIndex = -1; current = button; current.tabIndex = 0; }
  });

  const where = (button) => {
    const row = grid.findIndex((cells) => cells.includes(button));
    return [row, grid[row].indexOf(button)];
  };
  const neighbour = (button, key) => {
    const [row, column] = where(button);
    const bound = (value, most) => Math.max(0, Math.min(most, value));
    switch (key) {
      case "ArrowLeft": return grid[row][bound(column - 1, grid[row].length - 1)];
      case "ArrowRight": return grid[row][bound(column + 1, grid[row].length - 1)];
      case "ArrowUp": return grid[bound(row - 1, grid.length - 1)][column];
      case "ArrowDown": return grid[bound(row + 1, grid.length - 1)][column];
      case "Home": return grid[row][0];
      case "End": return grid[row][grid[row].length - 1];
      default: return null;
    }
  };

  const close = (giveBack) => {
    if (!open) return;
    const button = open;
    open = null;
    button.closest("td").classList.remove("sel");
    button.setAttribute("aria-expanded", "false");
    place.hidden = true;
    place.replaceChildren();
    if (giveBack) button.focus();
  };

  const position = (button) => {
    const cell = button.closest("td").getBoundingClientRect();
    const width = place.offsetWidth;
    const height = place.offsetHeight;
    const left = Math.max(8, Math.min(cell.left + cell.width / 2 - width / 3, document.documentElement.clientWidth - width - 16));
    const below = cell.bottom + 6;
    const fits = below + height < innerHeight || cell.top - 6 - height < 0;
    place.style.left = `${left + scrollX}px`;
    place.style.top = `${(fits ? below : cell.top - 6 - height) + scrollY}px`;
  };

  const show = async (button) => {
    close(false);
    open = button;
    button.closest("td").classList.add("sel");
    button.setAttribute("aria-expanded", "true");
    const url = new URL(table.dataset.coverage, location.href);
    url.searchParams.set("cell", button.value);
    await window.htmx.ajax("GET", url.pathname + url.search, { target: "#cov-pop", swap: "innerHTML" });
    if (open !== button) return;
    place.hidden = false;
    position(button);
    const box = place.querySelector(".pop");
    (box?.querySelector("a.btn") || box)?.focus({ preventScroll: false });
  };

  table.addEventListener("click", (event) => {
    const button = event.target.closest("button.btn-cell");
    if (!button || !window.htmx) return;
    event.preventDefault();
    if (open === button) close(true); else show(button);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-pop-close]")) { close(true); return; }
    if (open && !event.target.closest("#cov-pop .pop") && !event.target.closest("button.btn-cell")) close(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) { event.preventDefault(); close(true); return; }
    const inside = event.target.closest?.("#cov-pop");
    const button = event.target.closest?.("button.btn-cell") || (inside && open);
    if (!button || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const next = neighbour(button, event.key);
    if (!next || (inside && (event.key === "Home" || event.key === "End"))) return;
    event.preventDefault();
    const wasOpen = Boolean(open);
    close(false);
    take(next);
    if (wasOpen && next !== button) show(next);
  });
})();
