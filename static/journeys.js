// Stages and touchpoints: a row moves with Alt and the arrows, and keeps the focus when the page is back.
"use strict";
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const row = event.target.closest("[data-moves]");
  const button = row?.querySelector(`button[value="${event.key === "ArrowUp" ? "up" : "down"}"]`);
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
});
const arrived = document.getElementById(location.hash.slice(1));
if (arrived?.matches("[data-moves]")) arrived.focus({ preventScroll: true });
