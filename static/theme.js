// Before the first paint: a person without a choice gets the theme of the device.
if (document.documentElement.hasAttribute("data-theme-auto") && matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.dataset.bsTheme = "dark";
