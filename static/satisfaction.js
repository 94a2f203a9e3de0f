// Copy a link; without the clipboard the field can still be selected by hand. Whoever names an answer for a column means an answer.
"use strict";
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      try { await navigator.clipboard.writeText(field.value); button.textContent = button.dataset.copied; } catch { field.select(); }
    });
  }
  for (const field of document.querySelectorAll("[data-copy-from]")) field.addEventListener("focus", () => field.select());
  for (const field of document.querySelectorAll("[data-answer-of]"))
    field.addEventListener("change", () => {
      const role = document.getElementById(field.dataset.answerOf);
      if (field.value && !role.value) role.value = "item";
    });
})();
