// The sum of typed weights, as they are typed.
"use strict";
(() => {
  const fields = [...document.querySelectorAll("[data-weight]")];
  const told = document.querySelector("[data-weights-sum]");
  if (!told || !fields.length) return;
  const show = () => {
    const sum = fields.reduce((total, field) => total + (Number.parseFloat(field.value.replace(",", ".")) || 0), 0);
    told.value = `${(Math.round(sum * 100) / 100).toLocaleString(document.documentElement.lang)} %`;
  };
  for (const field of fields) field.addEventListener("input", show);
  show();
})();
