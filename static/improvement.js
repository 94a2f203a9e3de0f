// Printing a ticket opens every folded stage first.
"use strict";
(() => {
  const folded = () => document.querySelectorAll("details.stage:not([open])");
  addEventListener("beforeprint", () => folded().forEach((part) => { part.open = true; part.dataset.forPrint = "1"; }));
  addEventListener("afterprint", () => document.querySelectorAll("[data-for-print]").forEach((part) => { part.open = false; delete part.dataset.forPrint; }));
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });
})();
